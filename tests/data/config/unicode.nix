# Konfiguration für den Küchenrechner — übersetzt 日本語 🦀
{ pkgs, ... }:
{
  networking.hostName = "küche"; # größer → besser
  time.timeZone = "Europe/Zürich";
  environment.systemPackages = [ /* ☃ */ pkgs.git ];
}
