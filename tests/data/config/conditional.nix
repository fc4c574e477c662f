{ config, lib, pkgs, ... }:

{
  options.my.server.enable = lib.mkEnableOption "a server";

  config = lib.mkIf config.my.server.enable {
    services.nginx.enable = true;
    networking.firewall.allowedTCPPorts = [ 80 443 ];
  };
}
