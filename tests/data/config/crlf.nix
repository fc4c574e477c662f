{ config, pkgs, ... }:

{
  # Written on another system.
  networking.hostName = "windows";
  time.timeZone = "Europe/Oslo"; # zone
  environment.systemPackages = with pkgs; [
    git
    vim
  ];
}
