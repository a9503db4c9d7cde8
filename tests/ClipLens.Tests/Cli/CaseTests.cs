using System.Globalization;
using System.Text.Json.Nodes;
using ClipLens.Files;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Cli;

/// <summary>
/// Every input of the shared cases through the command that its README tells: the expected value is reached, or one sentence says what is
/// wrong and what to do. The library's tests try the same kinds in other forms.
/// </summary>
[Trait("Tier", "Process")]
public sealed class CaseTests(CaseTests.Inputs inputs) : IClassFixture<CaseTests.Inputs>
{
    // What needs no case: readme files, the program that made some of them, leftovers of the runs that found the faults.
    private static readonly string[] Aside = ["README.md", "make.py", "pid", "stamp"];

    // Worked out with torch from the plain form of the tiny model.
    private static readonly float[] Plain = [-1.245771f, 0.8653f, 0.513252f, -0.770975f, -2.083534f, 0.481568f, 0.187258f, -0.546012f];

    /// <summary>
    /// The input below the shared cases; the command, with M for the control's model, RUN for a run of the small model, IN for the input (a
    /// copy of it, where it is a run), OUT for an output of its own; what is expected: "embedding", or a part of what is said, with a "!"
    /// before it where the input is to be refused.
    /// </summary>
    public static TheoryData<string, string, string> Table => new()
    {
        { "00-control/model.safetensors", "embed --model IN --images IN/../picture.png --output OUT", "embedding" },
        { "00-control/open_clip_config.json", "embed --model IN/.. --images IN/../picture.png --output OUT", "embedding" },
        { "00-control/picture.png", "embed --model IN/../model.safetensors --images IN --output OUT", "embedding" },
        { "01-class-folders-named-by-number/", "ablate --run RUN --images IN/val --classes IN/classes.txt --layers 9 --resamples 100 "
            + "--output OUT", "12 images of 12 classes" },
        { "01-class-folders-named-by-number/val/", "ablate --run RUN --images IN --layers 9 --output OUT",
            "! is named by a number, which says nothing to a model; give a file with the names" },
        { "02-binary-masks-of-0-and-255/", "segment-eval --run RUN --images IN/photos --masks IN/masks-1 --labels IN/labels.csv --method "
            + "raw_attention --output OUT", "raw_attention            52.2  32.3  53.5" },
        { "02-binary-masks-of-0-and-255/masks-255/", "segment-eval --run RUN --images IN/../photos --masks IN --labels IN/../labels.csv "
            + "--method raw_attention --output OUT", "raw_attention            52.2  32.3  53.5" },
        { "04-endings-left-out-silently/", "embed --model M --images IN --output OUT", "4 images embedded" },
        { "04-endings-left-out-silently/1.jfif", "embed --model M --images IN --output OUT", "1 image embedded" },
        { "04-endings-left-out-silently/2.tif", "embed --model M --images IN/../1.jfif IN --output OUT", "2 images embedded" },
        { "05-one-class-is-100-percent/dataset/", "ablate --run RUN --images IN --layers 9 --output OUT",
            "! are no classes but hold folders of their own; give" },
        { "06-checkpoint-key-not-state_dict/model.pt", Embed, "embedding" },
        { "06-checkpoint-key-not-state_dict/model_state_dict.pt", Embed, "embedding" },
        { "06-checkpoint-key-not-state_dict/model_state_dict_noloss.pt", Embed, "embedding" },
        { "07-checkpoint-numpy-scalar-or-namespace/namespace.pt", Embed, "embedding" },
        { "07-checkpoint-numpy-scalar-or-namespace/numpy_scalar.pt", Embed, "embedding" },
        { "08-checkpoint-wrapper-prefixes/base_model.safetensors", Embed, "embedding" },
        { "08-checkpoint-wrapper-prefixes/clip_model.safetensors", Embed, "embedding" },
        { "08-checkpoint-wrapper-prefixes/lightning.ckpt", Embed, "embedding" },
        { "08-checkpoint-wrapper-prefixes/lightning_with_head.ckpt", Embed, "embedding" },
        { "09-lora-adapter-folder/", "embed --model IN --images IN/picture.png --output OUT",
            "! holds a LoRA adapter of openai/clip-vit-base-patch32, not a whole model; merge it" },
        { "10-preprocessor-size-height-width/", "embed --model HF --images M/../picture.png --output OUT", "1 image embedded" },
        { "11-png-orientation-ignored/p33_exif8.png", "embed --exif-orientation --model M --images IN --output OUT", "embedding" },
        { "11-png-orientation-ignored/z1_exif_or6.png", "embed --exif-orientation --model M --images IN --output OUT", "embedding" },
        { "11-png-orientation-ignored/z2_rawprofile.png", "embed --exif-orientation --model M --images IN --output OUT", "embedding" },
        { "13-bmp-rle-short-rows/b14_rle8_skips.bmp", "embed --model M --images IN --output OUT", "1 image embedded" },
        { "13-bmp-rle-short-rows/b16_rle8_short_rows.bmp", "embed --model M --images IN --output OUT", "embedding" },
        { "15-file-name-not-utf8/pictures.tar", "embed --model M --images UNPACKED --output OUT",
            "1 file left out: 1 name that is not UTF-8." },
        { "16-weights-that-are-not-finite/", "embed --model IN --images IN/picture.png --output OUT",
            "! has the tensor 'visual.transformer.resblocks.0.mlp.c_proj.weight' with a value of 1024 that is not finite" },
        { "19-analyzed-count/", "analyze --model M --images IN --layers 1 --texts FIVE --size 2 --top 2 --output OUT",
            "4 images analyzed" },
        { "19-analyzed-count/bad.jpg", "embed --model M --images IN --output OUT", "! is not an image that can be read" },
        { "21-mask-messages/masks-16bit/", "segment-eval --run RUN --images IN/../photos --masks IN --labels IN/../labels.csv --method "
            + "raw_attention --output OUT", "raw_attention            83.9  65.5  90.4" },
        { "21-mask-messages/", "segment-eval --run RUN --images IN/photos --masks IN/masks-la --labels IN/labels.csv --method "
            + "raw_attention --output OUT", "raw_attention            83.9  65.5  90.4" },
        { "22-one-tower-only/visual.safetensors", Embed, "! holds CLIP's image tower alone, without the text tower" },
        { "22-one-tower-only/visual-stripped.safetensors", Embed, "! holds CLIP's image tower alone, without the text tower" },
        { "22-one-tower-only/text-hf.safetensors", Embed, "! holds CLIP's text tower alone, without the image tower" },
        { "22-one-tower-only/eva-names.safetensors", Embed, "! holds EVA-CLIP's image tower, which ClipLens does not support" },
        { "23-malformed-pictures/p22f_palidx_oob.png", "embed --model M --images IN --output OUT", "embedding" },
        { "23-malformed-pictures/x01_flip_base_0.5.jpg", "embed --model M --images IN --output OUT", "! each decoder would show" },
        { "23-malformed-pictures/x02_flip_restart_0.3.jpg", "embed --model M --images IN --output OUT", "! each decoder would show" },
        { "23-malformed-pictures/x02_flip_restart_0.7.jpg", "embed --model M --images IN --output OUT", "! each decoder would show" },
        { "23-malformed-pictures/y03_no_plte.png", "embed --model M --images IN --output OUT", "embedding" },
        { "23-malformed-pictures/y04_dup_plte.png", "embed --model M --images IN --output OUT", "embedding" },
        { "faults/01-pickle-bombs/copies.pt", Texts, "! would take up far more memory than tensors need" },
        { "faults/01-pickle-bombs/dicts.pt", Texts, "! which unpacks to 67108864 bytes" },
        { "faults/01-pickle-bombs/digits.pt", Texts, "! which unpacks to 20971524 bytes" },
        { "faults/01-pickle-bombs/digits60.pt", Texts, "! which unpacks to 62914564 bytes" },
        { "faults/01-pickle-bombs/encode.pt", Texts, "! which unpacks to 8508636 bytes" },
        { "faults/01-pickle-bombs/lists.pt", Texts, "! which unpacks to 67108864 bytes" },
        { "faults/01-pickle-bombs/marks.pt", Texts, "! which unpacks to 67108864 bytes" },
        { "faults/05-parquet-hang/run/", "cues --run IN --model M --true red --fooled blue", "! " },
        { "faults/06-json/config-surrogate/", Texts, "! " },
        { "faults/06-json/merges-twice/", Texts, "! " },
        { "faults/06-json/shard-null/", Texts, "! " },
        { "faults/06-json/tokenizer-merges-surrogate/", Texts, "! " },
        { "faults/06-json/tokenizer-model-string/", Texts, "! " },
        { "faults/06-json/tokenizer-type-number/", Texts, "! " },
        { "faults/06-json/vocab-key-surrogate/", Texts, "! " },
        { "faults/06-json/vocab-same-id/", Texts, "! " },
        { "faults/06-json/vocab-surrogate/", Texts, "! " },
        { "faults/09-pool-path/a/run/", "ablate --run IN --images PHOTOS --size 6,7 --output OUT", "! " },
        { "faults/13-run-tables/top-images/", "show --run IN --neuron 1:5", "! names top images that the run has not" },
        { "faults/13-run-tables/thrift/", "cues --run IN --model M --true red --fooled blue", "! " },
        { "faults/13-run-tables/nullref/", "discover --run IN --model M --image M/../picture.png", "! " },
        { "faults/13-run-tables/pools-null/", "show --run IN", "! A text pool is missing" },
        { "faults/13-run-tables/null-pool/", "analyze --model M --images PHOTOS --layers 1 --texts FIVE --output IN", "! A time is no" },
        { "faults/15-mask/", "segment-eval --run RUN --images IN/p --masks IN/m --labels IN/l.csv --output OUT", "! a.png is damaged" },
    };

    private const string Embed = "embed --model IN --images IN/../picture.png --output OUT",
        Texts = "embed --model IN --texts FIVE --output OUT";

    [SharedTheory]
    [MemberData(nameof(Table))]
    public void Each_case_has_its_value_or_a_sentence(string input, string command, string expected)
    {
        using var scratch = new ScratchFolder();
        string output = scratch.File(command.StartsWith("segment", StringComparison.Ordinal) || command.StartsWith("ablate",
            StringComparison.Ordinal) ? "out.json" : "out.safetensors");
        var call = CliCall.Run([.. command.Split(' ').Select(word => inputs.Replace(word, input, scratch).Replace("OUT", output))]);
        Assert.True(Directory.GetFileSystemEntries(scratch.Path).All(path => path == output || Path.GetFileName(path) is "a"
            or "out-layers.png" or "out-layers.svg" or "out-texts.png" or "out-texts.svg"), "Something was written beside the output.");
        if (expected.StartsWith("! ", StringComparison.Ordinal))
        {
            Assert.Equal(2, call.Code);
            string sentence = Assert.Single(call.Error.TrimEnd().Split('\n'), line => line.EndsWith('.') || line.EndsWith(')'));
            Assert.Contains(expected[2..], sentence, StringComparison.Ordinal);
            Assert.InRange(sentence.Length, 30, 600);
            Assert.False(File.Exists(output));
            Assert.False(Directory.Exists(scratch.File("a", "evil")));
            return;
        }
        Assert.True(call.Code == 0, call.Error);
        if (expected == "embedding") AssertEmbedding(input, output);
        else Assert.Contains(expected, call.Output + call.Error, StringComparison.Ordinal);
        if (command.StartsWith("ablate", StringComparison.Ordinal))
            Assert.Equal(100.0, (double)JsonNode.Parse(File.ReadAllText(output))!["layers"]!["9"]!["baseline"]!);
    }

    [SharedFact]
    public void No_case_is_missing_here()
    {
        string root = SharedData.Path("cases");
        string[] tried = [.. Table.Select(row => row.Data.Item1)];
        var missing = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(root, path))
            .Where(name => !Aside.Contains(Path.GetFileName(name)) && !name.EndsWith(".expected-embedding.txt", StringComparison.Ordinal))
            // What stands beside a case belongs to it: its picture and its configuration; tables of a run are tried within it.
            .Where(name => Path.GetFileName(name) is not ("picture.png" or "open_clip_config.json"))
            .Where(name => !tried.Any(input => name == input || input.EndsWith('/') && name.StartsWith(input, StringComparison.Ordinal)))
            .ToList();
        Assert.Equal(["faults/05-parquet-hang/layer-02_truth-pool-6.parquet", "faults/05-parquet-hang/texts-pool.parquet",
            "faults/09-pool-path/a/evil/p-6.parquet", "faults/09-pool-path/a/evil/p-7.parquet", "faults/09-pool-path/evil/p.parquet",
            "faults/09-pool-path/evil/p.safetensors"], missing.Order(StringComparer.Ordinal));
    }

    private static void AssertEmbedding(string input, string output)
    {
        string file = SharedData.Path("cases", input + ".expected-embedding.txt");
        float[] expected = File.Exists(file)
            ? [.. File.ReadLines(file).Select(line => float.Parse(line, CultureInfo.InvariantCulture))] : Plain;
        using var scope = NewDisposeScope();
        using var written = SafeTensorsFile.Open(output);
        Assert.InRange(Golden.RelativeError(written.Load("embeddings").flatten(), tensor(expected)), 0, 1e-5);
    }

    /// <summary>What several cases need, made once when it is first asked for.</summary>
    public sealed class Inputs : IDisposable
    {
        private readonly ScratchFolder folder = new();
        private readonly Lazy<string> run;

        public Inputs() => run = new(Analyze);

        /// <summary>What a word of the table stands for.</summary>
        internal string Replace(string word, string input, ScratchFolder scratch)
        {
            string path = SharedData.Path("cases", input.TrimEnd('/'));
            if (word == "IN" && input.StartsWith("faults/", StringComparison.Ordinal) && File.Exists(Path.Combine(path, "run.json")))
                return Copy(path, scratch.File("a", "run"));
            if (word == "IN" || word.StartsWith("IN/", StringComparison.Ordinal)) return Path.GetFullPath(path + word[2..]);
            return word switch
            {
                "M" => Model(),
                "M/../picture.png" => SharedData.Path("cases", "00-control", "picture.png"),
                "HF" => HuggingFace(),
                "RUN" => run.Value,
                "PHOTOS" => SharedData.Path("cases", "04-endings-left-out-silently"),
                "FIVE" => folder.Write("five.txt", "red\nblue\nround\nsea\nsky\n"),
                "UNPACKED" => Unpack(path),
                _ => word,
            };
        }

        public void Dispose()
        {
            // .NET cannot delete a name that is not UTF-8.
            using (var shell = System.Diagnostics.Process.Start("rm", ["-rf", folder.File("unpacked")])) shell.WaitForExit();
            folder.Dispose();
        }

        private string Analyze()
        {
            var photos = Directory.GetFiles(SharedData.Path("data", "photos")).Order(StringComparer.Ordinal).Take(12);
            File.WriteAllLines(folder.File("photos.txt"), photos);
            string output = folder.File("run");
            var call = CliCall.Run("analyze", "--model", Golden.ModelPath, "--images", folder.File("photos.txt"), "--layers", "9",
                "--texts",
                folder.Write("eight.txt", "red\nblue\nround\nsea\nsky\ndog\nfish\nbird\n"), "--size", "3", "--top", "10", "--output",
                output);
            Assert.True(call.Code == 0, call.Error);
            return output;
        }

        private string Model()
        {
            string model = folder.File("model");
            if (Directory.Exists(model)) return model;
            Directory.CreateDirectory(model);
            File.Copy(SharedData.Path("golden", "formats", "a_openclip_native.safetensors"), folder.File("model",
                "open_clip_model.safetensors"));
            File.Copy(SharedData.Path("golden", "formats", "a_open_clip_config.gelu.json"), folder.File("model", "open_clip_config.json"));
            return model;
        }

        private string HuggingFace()
        {
            string model = Copy(SharedData.Path("cases", "10-preprocessor-size-height-width"), folder.File("hf"));
            File.Delete(Path.Combine(model, "model.safetensors"));
            File.Copy(SharedData.Path("golden", "formats", "b_hf_clipmodel.safetensors"), Path.Combine(model, "model.safetensors"));
            return model;
        }

        private string Unpack(string tar)
        {
            string into = Directory.CreateDirectory(folder.File("unpacked")).FullName;
            using var shell = System.Diagnostics.Process.Start("tar", ["xf", tar, "-C", into]);
            shell.WaitForExit();
            return into;
        }

        private static string Copy(string from, string into)
        {
            foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                string copy = Path.Combine(into, Path.GetRelativePath(from, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.WriteAllBytes(copy, File.ReadAllBytes(file));
            }
            return into;
        }
    }
}
