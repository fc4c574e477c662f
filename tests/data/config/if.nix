{ config, pkgs, ... }:
let laptop = true; in
{
  services = if laptop then { tlp.enable = true; } else { openssh.enable = true; };
  networking.hostName = if laptop then "lap" else "desk";
  time.timeZone = "Europe/Warsaw";
}
