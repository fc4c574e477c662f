{ pkgs, ... }:
{
  environment.systemPackages = [
    pkgs.emacs
    pkgs.git
  ];
}
