{ config, lib, ... }@inputs:
{
  networking.hostName = "alias";
  services.xserver.enable = inputs.config.services.openssh.enable;
}
