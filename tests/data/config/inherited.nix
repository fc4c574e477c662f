{ config, lib, pkgs, ... }:
let
  networking.hostName = "inherited";
  common = { services.openssh.enable = true; };
in
{
  inherit networking;
  services = common.services // { printing.enable = true; };
  hardware = import ./hardware.nix;
  time.timeZone = "UTC";
}
