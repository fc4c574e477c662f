{
  description = "Two machines";
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  outputs = { self, nixpkgs }: {
    nixosConfigurations.desk = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ ./hosts/desk.nix ./common.nix ];
    };
    nixosConfigurations.lap = nixpkgs.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ ./hosts/lap.nix ./common.nix { services.tlp.enable = true; } ];
    };
  };
}
