{ networking.hostName = "lap"; hardware.bluetooth.enable = true; }
