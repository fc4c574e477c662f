{ pkgs, ... }: { services.openssh.enable = true; time.timeZone = "Europe/Paris"; environment.systemPackages = [ pkgs.git ]; }
