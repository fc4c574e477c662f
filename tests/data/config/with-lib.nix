{ config, lib, pkgs, ... }:

with lib;

{
  services.openssh.enable = mkDefault true;
  networking.firewall.enable = mkForce false;
  boot.loader.timeout = mkOverride 90 3;
  time.timeZone = mkIf config.services.openssh.enable "UTC";
  environment.systemPackages = mkAfter (with pkgs; [ curl ]);
}
