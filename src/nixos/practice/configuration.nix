# A configuration to practise on. What is built from it stays in the practice store; nothing touches your machine.
{ config, pkgs, ... }:

{
  imports = [ ./hardware-configuration.nix ];

  boot.loader.systemd-boot.enable = true;

  networking.hostName = "practice"; # say "what is my host name"
  networking.firewall.enable = true;
  networking.firewall.allowedTCPPorts = [ 22 ];

  time.timeZone = "Europe/Paris";
  i18n.defaultLocale = "en_US.UTF-8";

  # say "enable bluetooth"
  hardware.bluetooth.enable = false;
  services.openssh.enable = true;

  environment.systemPackages = with pkgs; [
    hello # greets
    htop
  ];

  system.stateVersion = "26.05";
}
