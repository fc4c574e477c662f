# From flake references, as JSON each, to the newest version of each, as one JSON.
specs:
let
  newest = spec:
    let
      original = builtins.fromJSON spec;
      tree = builtins.fetchTree (removeAttrs original [ "dir" ]);
      place = tree.outPath + (if original ? dir then "/${original.dir}" else "");
      path = place + "/flake.nix";
      flake = if builtins.pathExists path then import path else { };
      arguments = removeAttrs (builtins.functionArgs (flake.outputs or ({ }: null))) [ "self" ];
      lock = place + "/flake.lock";
    in
    {
      pins = builtins.intersectAttrs { lastModified = 0; narHash = 0; rev = 0; revCount = 0; } tree;
      inputs = builtins.attrNames (arguments // flake.inputs or { });
      lock = if builtins.pathExists lock then builtins.readFile lock else null;
    };
in
builtins.unsafeDiscardStringContext (builtins.toJSON (map newest specs))
