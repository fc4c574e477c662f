{
  imports = [ ./other.nix ./absent.nix ];
  time.timeZone = "UTC";
  networking.firewall.allowedTCPPorts = [ 22 ];
}
