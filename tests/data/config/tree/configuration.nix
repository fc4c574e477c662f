{ config, pkgs, ... }:

{
  imports =
    [ # Include the results of the hardware scan.
      ./hardware-configuration.nix
      ./networking.nix
      ./users
    ] ++ [ ./packages.nix ];

  time.timeZone = "America/New_York";
  boot.loader.grub.enable = true;
}
