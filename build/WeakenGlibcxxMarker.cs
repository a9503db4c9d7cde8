using System;
using System.IO;
using System.Text;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

/// <summary>Copies an ELF64 library and sets VER_FLG_WEAK on its need for GLIBCXX_3.4.32, where it has that need.</summary>
public class WeakenGlibcxxMarker : Task
{
    private const uint VersionNeedSection = 0x6ffffffe;
    private const ushort Weak = 0x2;

    [Required] public string Source { get; set; }
    [Required] public string Target { get; set; }

    public override bool Execute()
    {
        byte[] elf = File.ReadAllBytes(Source);
        Patch(elf);
        if (File.Exists(Target) && Same(File.ReadAllBytes(Target), elf)) return true;
        Directory.CreateDirectory(Path.GetDirectoryName(Target));
        // A new file, never a write into the old one: that may be a hard link to the package cache.
        string temporary = Target + ".tmp" + Guid.NewGuid().ToString("N");
        File.WriteAllBytes(temporary, elf);
        if (File.Exists(Target)) File.Delete(Target);
        File.Move(temporary, Target);
        return true;
    }

    private static void Patch(byte[] elf)
    {
        long sections = BitConverter.ToInt64(elf, 0x28);
        int size = BitConverter.ToUInt16(elf, 0x3A), count = BitConverter.ToUInt16(elf, 0x3C);
        for (int i = 0; i < count; i++)
        {
            int header = (int)sections + i * size;
            if (BitConverter.ToUInt32(elf, header + 4) != VersionNeedSection) continue;
            int strings = (int)sections + (int)BitConverter.ToUInt32(elf, header + 40) * size;
            PatchNeeds(elf, (int)BitConverter.ToInt64(elf, header + 24), (int)BitConverter.ToInt64(elf, strings + 24));
        }
    }

    private static void PatchNeeds(byte[] elf, int need, int strings)
    {
        while (true)
        {
            int aux = need + (int)BitConverter.ToUInt32(elf, need + 8);
            for (int left = BitConverter.ToUInt16(elf, need + 2); left > 0; left--)
            {
                if (NameAt(elf, strings + (int)BitConverter.ToUInt32(elf, aux + 8)) == "GLIBCXX_3.4.32")
                    elf[aux + 4] |= (byte)Weak;
                aux += (int)BitConverter.ToUInt32(elf, aux + 12);
            }
            uint next = BitConverter.ToUInt32(elf, need + 12);
            if (next == 0) return;
            need += (int)next;
        }
    }

    private static string NameAt(byte[] elf, int start)
    {
        int end = Array.IndexOf(elf, (byte)0, start);
        return Encoding.ASCII.GetString(elf, start, end - start);
    }

    private static bool Same(byte[] a, byte[] b)
    {
        if (a.Length != b.Length) return false;
        for (int i = 0; i < a.Length; i++) if (a[i] != b[i]) return false;
        return true;
    }
}
