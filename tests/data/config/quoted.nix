{ pkgs, lib, ... }:
let name = "openssh"; in
{
  "networking"."hostName" = "quoted";
  services."printing".enable = true;
  services.${name}.enable = true;
  services.nginx.virtualHosts."www.example.org" = {
    root = "/var/www";
  };
  environment.etc."nixos/notes.txt".text = ''
    time.timeZone = "not here";
    ${lib.concatStrings [ "a" "}" ]}
  '';
}
