using System.Text;
using ClipLens.Cues.Adversarial;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Explorer.Data;
using ClipLens.Explorer.Labels;
using ClipLens.Explorer.Studies;
using ClipLens.Labels;
using ClipLens.Models.Checkpoints;
using ClipLens.Models.Configuration;
using ClipLens.Models.Tokenizer;
using ClipLens.Runs.Parts;
using ClipLens.Scenes.Demo;
using ClipLens.Tests.Explorer;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Files;

/// <summary>
/// Every JSON file that is read, each of its values in turn missing, of another kind, without bounds or twice: the reading ends well or in
/// one sentence.
/// </summary>
public sealed class JsonFaultTests : IDisposable
{
    private const string Cues = """
        {"true": "red", "fooled": "sky", "source": "reinforced", "synonym_similarity": 0.8,
         "cues": [{"text": "sea", "text_index": 3, "score": 1.5, "shift": 0.2, "low": 0.1, "high": 0.3, "confirmed": true,
           "neurons": [{"layer": 1, "neuron": 5, "contribution": 0.5}]}],
         "dropped": [{"text": "skies", "score": 1.0, "reason": "names the class"}],
         "neurons": [{"layer": 1, "neuron": 5, "contribution": 0.5}], "pairs": [{"true": "a", "fooled": "b", "text": "c", "score": 1}]}
        """;

    private readonly ScratchFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_edit_and_lists_of_units()
    {
        string written = """
            {"kind": "cliplens edit", "version": "0.2.0", "from": {"model": "m", "format": "open_clip", "sha256": "aa",
             "files": {"w": "bb"}}, "files": {"w": "cc"}, "edits": [{"neuron": "1:5", "factor": 0}, {"head": "1:1", "factor": 0.5}], "mean": "class_token",
             "mean_images": 3, "measured": null, "undo": {"how": "so", "pieces": [{"file": "w", "what": "x", "offset": 8, "step": 4,
             "runs": 2, "run": 2, "bytes": "AAECAw=="}]}}
            """;
        Try(written, EditRecord.FileName, path => EditRecord.Read(Path.GetDirectoryName(path)!), 200);
        Try(written, "from.json", path => EditList.Read(path), 20);
        Try(Cues, "cues.json", path => EditList.Read(path), 0);
        Try(Cues, "cues.json", path => ClipLens.Editing.AgainstCues.CuePair.Parse(path), 20);
    }

    [Fact]
    public void What_the_explorer_shows()
    {
        using var explorer = new ExplorerRun();
        var run = explorer.Run;
        Directory.CreateDirectory(folder.File("run"));
        string labels = """
            {"form": 1, "neurons": {"1:7": {"name": "wheels", "note": "round", "star": true, "version": 4,
            "changed": "2020-01-01T00:00:00Z"}}}
            """;
        Put("labels.json", labels, _ => new LabelBook(run).Read(), 40);
        Put("labels.json", labels, path => new LabelBook(run).Merge(File.ReadAllBytes(path)), 0);
        File.Delete(Path.Combine(run.Path, "labels.json"));
        Put("ablation.json", """
            {"images": 30, "layers": {"1": {"baseline": 80, "without_all": 20.5, "figures": {"baseline": {"top1_interval": [1, 2]}}}},
            "joint": {"baseline": 80}}
            """,
            path => DataScript.Put("x", AblationData.Read(run, path)), 0);
        Put("cues.json", Cues, _ => DataScript.Put("x", CueData.Read(run, new())), 0);
        File.Delete(Path.Combine(run.Path, "cues.json"));
        Put("adversarial/summary.json", """
            {"true": "red", "fooled": "sky", "sources": [{"source": "x", "fooled_per_hundred": 3.5, "margin_shift": 0.1}]}
            """,
            _ => DataScript.Put("x", CueData.Read(run, new())), 0);

        void Put(string name, string json, Action<string> read, int leastRefused)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(run.Path, name))!);
            Try(json, Path.Combine(run.Path, name), read, leastRefused);
        }
    }

    [Fact]
    public void Plans_parts_and_demos()
    {
        using var tiny = new TinyInputs(12);
        var work = new AdversarialFolder(folder.Path);
        Try("""
            {"seed": 3, "cues": ["sea"], "description": "d", "control": "c", "exchanges": [], "picture": "x/repeat-1/000.png",
            "control_picture": "x/repeat-1/000-control.png", "account": {"a": 1}}
            """,
            Path.Combine("x", "repeat-1", "000.json"), _ => work.Read("x/repeat-1/000"), 60);
        Try("""
            {"number": 1, "count": 2, "cliplens": "0.2", "model": "m", "model_sha256": "a", "tower": "image", "images": "i",
            "image_count": 3, "names_sha256": "n", "texts": ["t"], "texts_sha256": ["h"], "layers": [1], "top": "4", "sizes": [6],
            "scaling": "variance", "sign": "strongest", "batch": 4, "apply_orientation": false, "sample": 8}
            """
            .Replace("\"variance\"", $"\"{Name(default(ClipLens.Texts.DictionaryScaling))}\"", StringComparison.Ordinal)
            .Replace("\"strongest\"", $"\"{Name(default(ClipLens.Neurons.DirectionSign))}\"", StringComparison.Ordinal),
            "part.json", path => PartRecord.Read(path), 150);
        string demo = folder.File("demo");
        Directory.CreateDirectory(demo);
        var settings = DemoSettings.Create(demo, 1, fast: true);
        using (DemoFolder.Take(settings)) { }
        Try(File.ReadAllText(folder.File("demo", "demo.json")), Path.Combine("demo", "demo.json"), _ =>
            DemoFolder.Take(settings).Dispose(), 50);
    }

    [Fact]
    public void What_belongs_to_a_checkpoint()
    {
        Try(TinyClip.SmallJson, "config.json", path => ConfigFile.Read(path, Activation.Gelu), 50);
        Try(TinyClip.SmallHuggingFaceJson, "config.json", path => ConfigFile.Read(path, Activation.Gelu), 50);
        folder.Write("config.json", TinyClip.SmallHuggingFaceJson);
        Try("""
            {"do_resize": true, "size": {"height": 8, "width": 8}, "crop_size": 8, "do_center_crop": true, "image_mean": [0.5, 0.5,
            0.5], "image_std": [0.5, 0.5, 0.5], "resample": 3, "do_rescale": true, "rescale_factor": 0.00392156862745098,
            "do_normalize": true, "do_convert_rgb": true}
            """,
            "preprocessor_config.json", _ => ConfigFile.Read(folder.File("config.json"), Activation.Gelu), 50);
        File.Delete(folder.File("preprocessor_config.json"));
        Try("""
            {"peft_type": "LORA", "base_model_name_or_path": "openai/x"}
            """, "adapter_config.json", _ => Checkpoint.Open(folder.Path).Dispose(), 20);
        File.Delete(folder.File("adapter_config.json"));
        folder.Write("a.safetensors", "");
        Try("""{"metadata": {"total_size": 1}, "weight_map": {"visual.proj": "a.safetensors", "text_projection": "a.safetensors"}}""",
            "model.safetensors.index.json", path => Checkpoint.Open(path).Dispose(), 60);
        Try("""
            {"added_tokens":[{"id":4, "content":"<|startoftext|>", "special":true}, {"id":5, "content":"<|endoftext|>"}],
            "normalizer":{"type":"Lowercase"}, "pre_tokenizer":{"type":"Sequence", "pretokenizers":[{"type":"Split"}]},
            "model":{"type":"BPE", "end_of_word_suffix":"</w>", "unk_token":"<|endoftext|>", "vocab":{"a":0, "t":1, "a</w>":2,
            "at</w>":3, "<|startoftext|>":4, "<|endoftext|>":5}, "merges":["a t</w>", ["a", "t</w>"]]}}
            """,
            "tokenizer.json", path => ClipTokenizer.FromTokenizerJson(path, 8).Encode("a at"), 50);
    }

    [Fact]
    public void Lists_of_classes()
    {
        Try("""{"0": ["n01440764", "tench"], "1": ["n01443537", "goldfish"], "2": {"wnid": "n3", "name": "shark"}}""", "classes.json",
            path => ClassNames.Read(path), 30);
        Try("""["tench", {"id": 3, "name": "shark"}, ["n01443537", "goldfish"]]""", "classes.json", path => ClassNames.Read(path), 10);
    }

    private static string Name<T>(T value) where T : struct, Enum =>
        System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName($"{value}");

    /// <summary>Reads the text, which must go well, and all its changed forms.</summary>
    private void Try(string json, string name, Action<string> read, int leastRefused)
    {
        string path = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        int refused = 0;
        foreach (var (what, text) in JsonFaults.All(json))
        {
            File.WriteAllText(path, text, new UTF8Encoding(false));
            try
            {
                read(path);
            }
            catch (ClipLensException error)
            {
                refused++;
                if (error.Message.Contains('\n') || error.Message.Length < 20 || !error.Message.EndsWith('.'))
                    Assert.Fail($"{name}, {what}: {error.Message}");
            }
            catch (Exception error)
            {
                Assert.Fail($"{name}, {what}: {error}");
            }
        }
        Assert.True(refused >= leastRefused, $"{name}: {refused} refused.");
    }
}
