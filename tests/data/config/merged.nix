{ config, lib, pkgs, ... }:
{
  imports = [ ];
  config = lib.mkMerge [
    {
      services.openssh.enable = true;
      time.timeZone = "Europe/Rome";
    }
    (lib.mkIf config.services.xserver.enable {
      services.printing.enable = true;
    })
  ];
}
