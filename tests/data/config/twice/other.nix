{ lib, ... }:
{
  time.timeZone = lib.mkForce "Europe/Vienna";
  networking.firewall.allowedTCPPorts = [ 80 ];
}
