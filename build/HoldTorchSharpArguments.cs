using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Copies an assembly and turns its DebuggableAttribute from "optimise" into "do not optimise", where it says
/// "optimise".</summary>
public class HoldTorchSharpArguments : Task
{
    // The attribute's value as metadata stores it: length 8, prolog 1, DebuggingModes, no named arguments.
    private static readonly byte[] Optimised = { 8, 1, 0, 0x02, 0, 0, 0, 0, 0 };
    private static readonly byte[] Held = { 8, 1, 0, 0x07, 0x01, 0, 0, 0, 0 };

    [Required] public string Source { get; set; }
    [Required] public string Target { get; set; }

    public override bool Execute()
    {
        byte[] assembly = File.ReadAllBytes(Source);
        List<int> places = Places(assembly, Optimised);
        if (places.Count > 1 || (places.Count == 0 && Places(assembly, Held).Count != 1))
        {
            Log.LogError("{0} does not carry the DebuggableAttribute that TorchSharpRepairs.targets of ClipLens expects; see whether "
                + "this version still needs it.", Source);
            return false;
        }
        foreach (int place in places) Held.CopyTo(assembly, place);
        if (File.Exists(Target) && File.ReadAllBytes(Target).SequenceEqual(assembly)) return true;
        Directory.CreateDirectory(Path.GetDirectoryName(Target));
        // A new file, never a write into the old one: that may be a hard link to the package cache.
        string temporary = Target + ".tmp" + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, assembly);
        if (File.Exists(Target)) File.Delete(Target);
        File.Move(temporary, Target);
        return true;
    }

    private static List<int> Places(byte[] assembly, byte[] wanted)
    {
        var found = new List<int>();
        for (int at = Array.IndexOf(assembly, wanted[0]); at >= 0 && at + wanted.Length <= assembly.Length;
            at = Array.IndexOf(assembly, wanted[0], at + 1))
        {
            int same = 1;
            while (same < wanted.Length && assembly[at + same] == wanted[same]) same++;
            if (same == wanted.Length) found.Add(at);
        }
        return found;
    }
}
