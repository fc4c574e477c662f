{ pkgs, ... }:
{
  networking.hostName = "open";
  environment.systemPackages = [ pkgs.git ];
}