{ config, pkgs, ... }:
{
  environment.systemPackages = (with pkgs; [
    git
    htop
  ]) ++ (with pkgs.gnomeExtensions; [
    appindicator
  ]);
  users.users.ada.packages = with pkgs; [ htop ];
}
