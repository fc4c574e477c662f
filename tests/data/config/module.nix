{ config, lib, pkgs, ... }:
let
  cfg = config.my.desktop;
in
{
  options.my.desktop = {
    enable = lib.mkEnableOption "my desktop";
    zone = lib.mkOption {
      type = lib.types.str;
      default = "UTC";
    };
  };

  config = {
    services.xserver.enable = true;
    hardware.bluetooth.enable = false;
  };
}
