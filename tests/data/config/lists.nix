{ config, lib, pkgs, ... }:
{
  environment.systemPackages = with pkgs; [ git vim ] ++ lib.optionals config.services.xserver.enable [ firefox ];
  networking.firewall.allowedTCPPorts = [ ];
  networking.firewall.allowedUDPPorts = [
  ];
  networking.nameservers = [ "1.1.1.1" "9.9.9.9" ];
  fonts.packages = lib.mkForce [ pkgs.dejavu_fonts ];
  boot.kernelParams = lib.optional true "quiet";
}
