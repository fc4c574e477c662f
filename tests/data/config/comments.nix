/* A configuration
   that is mostly comments. */
{ pkgs, ... }: # the arguments
# before the set
{ # at its start
  # services.openssh.enable = false;
  services.openssh.enable /* why? */ = /* because */ true; # ssh = "on"; { }
  /* networking.hostName = "old"; */ networking.hostName = "chatty"; /* spans
  lines */ time.timeZone = "Asia/Tokyo"; # after
  environment.systemPackages = with pkgs; [ # tools
    # editors
    vim # the best
    # nano
    /* none */ git /* one */
    # the end
  ];
  # last words
} # after all
# the very end
