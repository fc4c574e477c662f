{ config, lib, pkgs, ... }:
let
  zone = "Europe/Lisbon";
  user = "grace";
  browsers = with pkgs; [ firefox chromium ];
in
{
  time.timeZone = zone;
  networking.hostName = "${user}-laptop";
  environment.systemPackages = browsers ++ [ pkgs.htop ];
  services.xserver.enable = true;
}
