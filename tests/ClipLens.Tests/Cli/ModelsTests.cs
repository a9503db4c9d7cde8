using System.Diagnostics;
using System.Text.Json.Nodes;
using ClipLens.Runs;
using ClipLens.Tests.Models.Hub;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Cli;

/// <summary>Models by name from the command line, each call a process of its own with an environment of its own.</summary>
[Trait("Tier", "Process")]
public sealed class ModelsTests : IDisposable
{
    private const string Name = "ViT-B-32/openai", Repository = "timm/vit_base_patch32_clip_224.openai";
    private readonly TinyInputs inputs = new();
    private readonly HubServer server = new();
    private readonly HubRepository repository;

    public ModelsTests() => repository = server.Add(Repository, inputs.Model);

    public void Dispose()
    {
        server.Dispose();
        inputs.Dispose();
    }

    private string Snapshot => inputs.File("home", "hub", "models--timm--vit_base_patch32_clip_224.openai", "snapshots", repository.Commit);

    private string[] Analyze(string model = Name) => ["analyze", "--model", model, "--images", inputs.Images, "--texts", inputs.Texts,
        "--layers", "1",
        "--top", "4", "--size", "6", "--output", inputs.Run];

    private Process Start(string[] words, bool offline = false) => OtherProcess.Command(new Dictionary<string, string?>
    {
        ["HF_ENDPOINT"] = server.Address.ToString(),
        ["HF_HOME"] = inputs.File("home"),
        ["HF_HUB_CACHE"] = null,
        ["HF_TOKEN"] = null,
        ["HF_HUB_OFFLINE"] = offline ? "1" : null,
        ["HOME"] = inputs.File("user"),
    }, words);

    private CliCall Run(params string[] words) => Run(false, words);

    private CliCall Run(bool offline, params string[] words)
    {
        using var process = Start(words, offline);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.Result);
    }

    [Fact]
    public void A_model_by_name_is_fetched_analyzed_and_found_again()
    {
        var first = Run(Analyze());
        Assert.Equal(0, first.Code);
        Assert.Matches(@"^Fetching the configuration of ViT-B-32/openai: 0 of \d+ kB\n", first.Error);
        var model = RunDirectory.Open(inputs.Run).Manifest.Model;
        Assert.Equal((Snapshot, Name, $"{Repository}@{repository.Commit}"), (model.Path, model.Name, model.Source));

        server.Requests.Clear();
        var second = Run(offline: true, Analyze());
        Assert.Equal(0, second.Code);
        Assert.DoesNotContain("Fetching", second.Error);
        Assert.Empty(server.Requests);

        // Where the cache was cleared, the run's model comes again, at its own commit, whatever the branch is now.
        Directory.Delete(inputs.File("home"), recursive: true);
        var sheet = Run("show", "--run", inputs.Run, "--neuron", "1:3", "--output", inputs.File("sheet.png"));
        Assert.Equal(0, sheet.Code);
        Assert.True(File.Exists(inputs.File("sheet.png")));
        Assert.True(File.Exists(Path.Combine(Snapshot, "open_clip_model.safetensors")));
        Assert.StartsWith("Model   ViT-B-32/openai (open_clip, ", Run("show", "--run", inputs.Run).Output);
    }

    [Fact]
    public void A_model_by_path_is_recorded_by_its_path_alone()
    {
        Assert.Equal(0, Run(Analyze(inputs.Model)).Code);
        var model = JsonNode.Parse(File.ReadAllText(Path.Combine(inputs.Run, "run.json")))!["model"]!.AsObject();
        Assert.Equal(["path", "format", "sha256", "blocks", "neurons", "embed_dim"], model.Select(pair => pair.Key));
    }

    [Fact]
    public async Task A_killed_fetch_leaves_nothing_under_a_final_name_and_the_next_goes_on()
    {
        string blob = await Kill();
        Assert.False(File.Exists(blob));
        Assert.False(File.Exists(Path.Combine(Snapshot, "open_clip_model.safetensors")));

        var again = Run("models", "pull", Name);
        Assert.Equal($"{Name} is in {Snapshot}.\n", again.Output);
        Assert.Equal("bytes=100000-", server.Contents.Last().Range);
        Assert.Equal(repository.Files["open_clip_model.safetensors"],
            File.ReadAllBytes(Path.Combine(Snapshot, "open_clip_model.safetensors")));
    }

    [Fact]
    public async Task Two_processes_at_once_fetch_once()
    {
        server.Instead = async context =>
        {
            if (context.Request.Host.Value == server.FilesAddress.Authority) await Task.Delay(3000);
            return false;
        };
        using var one = Start(["models", "pull", Name]);
        using var two = Start(["models", "pull", Name]);
        foreach (var process in new[] { one, two })
        {
            var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.True(output == $"{Name} is in {Snapshot}.\n", output + await error);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        Assert.Single(server.Contents);
    }

    [Fact]
    public void The_list_tells_what_there_is_and_what_is_here()
    {
        Assert.Equal((2, "No model is on this machine yet; name one, and it is fetched.\n"),
            (Run("models", "--cached") is var none ? none.Code : 0, none.Error));
        Run("models", "pull", Name);
        string list = Run("models").Output;
        Assert.StartsWith("""
            A name is an architecture, a slash and a tag: ViT-B-32/openai. What has a star is on this machine.

            ViT-B-32: CLIP, 224 px, 12 layers of 768
              openai*, laion400m_e31, laion400m_e32, laion2b_e16, laion2b_s34b_b79k, datacomp_xl_s13b_b90k,

            """, list);
        Assert.Contains("\nOpenAI's own files:\n  ViT-B/32, ViT-B/16, ViT-L/14, ViT-L/14@336px\n", list);
        Assert.DoesNotContain("RN50", list);
        Assert.Contains(" names of families that are not supported are left out (", list);
        Assert.Equal("""
            Name                       Family  Image tower               On this machine
            ViT-B-32/openai            CLIP    224 px, 12 layers of 768  1 MB
            ViT-B-32-quickgelu/openai  CLIP    224 px, 12 layers of 768  1 MB

            """, Run("models", "list", "--cached").Output);
        Assert.Equal("""
            Name                   Family                Image tower  On this machine
            RN50/cc12m             ResNet (not supported)  224 px
            RN50-quickgelu/cc12m   ResNet (not supported)  224 px

            """.Replace(" ", ""), Run("models", "list", "--search", "rn50 CC12m").Output.Replace(" ", ""));
    }

    [Theory]
    [InlineData("There is no model ViT-B32, nor such a file or folder; perhaps ViT-B-32 or ", "ViT-B32")]
    [InlineData("ViT-B-32 has no weights opnai; it has openai, laion400m_e31, ", "ViT-B-32/opnai")]
    [InlineData("RN50/openai is of the family ResNet, a convolutional network, which is not supported; take another model, such as "
        + "ViT-B-32/openai.\n", "RN50/openai")]
    public void A_name_that_cannot_be_used_ends_in_one_sentence(string sentence, string name)
    {
        var call = CliCall.Run(Analyze(name));
        Assert.StartsWith(sentence, call.Error);
        Assert.Equal((2, "", 1), (call.Code, call.Output, call.Error.Count(c => c == '\n')));
        Assert.False(Directory.Exists(inputs.Run));
    }

    /// <summary>docs/models.md shows what a person sees; sizes are those of a small model.</summary>
    [Fact]
    public async Task The_captures_in_the_documentation_are_those_of_this_program()
    {
        server.Add("someone/gated", inputs.Model).IsGated = true;
        var lines = new List<string>();
        lines.AddRange(["The first call:", ""]);
        Show(lines, "models", "pull", Name);
        lines.AddRange(["", "The second one asks whether there is anything new:", ""]);
        Show(lines, "models", "pull", Name);
        lines.AddRange(["", "What is here:", ""]);
        Show(lines, "models", "list", "--cached");
        lines.AddRange(["", "By a part of the name:", ""]);
        Show(lines, "models", "list", "--search", "b-32 laion400m");
        lines.AddRange(["", "Without a network, and nothing in the cache:", ""]);
        Directory.Delete(inputs.File("home"), recursive: true);
        Show(lines, offline: true, "models", "pull", Name);
        lines.AddRange(["", "A call that was killed, and the next one:", ""]);
        await Kill();
        Show(lines, "models", "pull", Name);
        lines.AddRange(["", "Without a network, from the cache:", ""]);
        Show(lines, offline: true, "embed", "--model", Name, "--texts", inputs.Texts, "--output", inputs.File("words.safetensors"));
        lines.AddRange(["", "Names that cannot be used: misspelt, unknown, gated, of a family that is not supported:", ""]);
        foreach (string name in new[] { "ViT-B32", "ViT-B-32/opnai", "nobody/nothing", "someone/gated", "RN50/openai" })
            Show(lines, "models", "pull", name);

        string path = Path.Combine(Cli.Repository.Root, "docs", "models.md"), page = File.ReadAllText(path), mark = "<!-- captures -->\n";
        string before = page[..(page.IndexOf(mark, StringComparison.Ordinal) + mark.Length)];
        string captures = "\n" + string.Join('\n', lines) + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(path, before + captures);
        else Assert.Equal(before + captures, page);
    }

    /// <summary>Kills a call when a part of the weights has come.</summary>
    /// <returns>Where they were to go.</returns>
    private async Task<string> Kill()
    {
        byte[] weights = repository.Files["open_clip_model.safetensors"];
        string blob = inputs.File("home", "hub", "models--timm--vit_base_patch32_clip_224.openai", "blobs",
            HubRepository.ETag("x.bin", weights));
        var arrived = new TaskCompletionSource();
        server.Instead = async context =>
        {
            if (context.Request.Host.Value != server.FilesAddress.Authority || arrived.Task.IsCompleted) return false;
            context.Response.ContentLength = weights.Length;
            await context.Response.Body.WriteAsync(weights.AsMemory(0, 100_000));
            await context.Response.Body.FlushAsync();
            while (!File.Exists(blob + ".incomplete") || new FileInfo(blob + ".incomplete").Length < 100_000) await Task.Delay(10);
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        using var process = Start(["models", "pull", Name]);
        await arrived.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        OtherProcess.End(process);
        return blob;
    }

    private void Show(List<string> lines, params string[] words) => Show(lines, false, words);

    /// <summary>A call as a terminal of 80 columns has it, of its progress the first line of every stage.</summary>
    private void Show(List<string> lines, bool offline, params string[] words)
    {
        var call = Run(offline, words);
        string quoted = string.Join(' ', words.Select(word => word.Contains(' ') ? $"\"{word}\"" : word));
        lines.AddRange(["```text", $"$ {(offline ? "HF_HUB_OFFLINE=1 " : "")}cliplens {quoted}".Replace(inputs.File() + "/", "")]);
        var stages = new HashSet<string>();
        string error = string.Join('\n', call.Error.Split('\n').Where(line => !line.StartsWith("Embedding", StringComparison.Ordinal)));
        foreach (string line in (error + call.Output).Replace(inputs.File("home"), "~/.cache/huggingface")
            .Replace(server.Address.ToString().TrimEnd('/'), "https://huggingface.co").Replace(server.Address.Authority, "huggingface.co")
            .Replace(inputs.File() + "/", "").TrimEnd().Split('\n'))
            if (!line.Contains(" of ") || !line.Contains(": ") || call.Code != 0 || stages.Add(line[..line.LastIndexOf(':')]))
                lines.AddRange(line.Contains("  ") ? [line.TrimEnd()] : ClipLens.Cli.Output.TextLines.Wrap(line, 80));
        lines.Add("```");
    }
}
