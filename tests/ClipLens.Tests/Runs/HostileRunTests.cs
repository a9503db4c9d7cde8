using System.Text.Json.Nodes;
using ClipLens.Files;
using ClipLens.Runs;
using ClipLens.Runs.Storage;
using ClipLens.Runs.Studies.Truth;
using ClipLens.Tests.Support;
using ClipLens.Truth;

namespace ClipLens.Tests.Runs;

/// <summary>A run directory from someone else: whatever is in it, a sentence comes out and nothing outside of it is touched.</summary>
public sealed class HostileRunTests : IDisposable
{
    private readonly TinyRun world = new();

    public HostileRunTests() => world.Run();

    public void Dispose() => world.Dispose();

    [Theory]
    [InlineData(".lock"), InlineData("work"), InlineData("layer-07"), InlineData("run.json.partial"),
        InlineData("layer-01/truth-pool-6.parquet.partial")]
    [InlineData("layer-01/neurons.safetensors.partial"), InlineData("texts-other.parquet"), InlineData("work/pass"),
    InlineData("work/pass/sums.bin")]
    public void A_link_in_a_run_is_refused_and_not_followed(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights on Windows");
        string outside = world.File("outside"), path = Path.Combine(world.Output, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.Delete(path);
        bool isFolder = !Path.HasExtension(name) || name == "work";
        if (isFolder) Directory.CreateDirectory(outside); else File.WriteAllText(outside, "mine");
        if (isFolder) Directory.CreateSymbolicLink(path, outside); else File.CreateSymbolicLink(path, outside);
        Assert.Contains("is a link, which a run has not", world.Refusal(), StringComparison.Ordinal);
        Assert.Contains("is a link, which a run has not", world.Refusal(settings => settings with { Overwrite = true }),
            StringComparison.Ordinal);
        Assert.Contains("is a link, which a run has not", Assert.ThrowsAny<ClipLensException>(() => RunDirectory.Open(world.Output))
            .Message, StringComparison.Ordinal);
        Assert.Equal(isFolder ? "" : "mine", isFolder ? string.Concat(Directory.EnumerateFileSystemEntries(outside))
            : File.ReadAllText(outside));
    }

    [Theory]
    [InlineData("x/../../../evil/p"), InlineData("..\\\\evil"), InlineData("a\\u0000b"), InlineData("a\\nb"), InlineData(""),
        InlineData("*")]
    public void A_pools_name_that_leads_elsewhere_is_refused(string name) =>
        Assert.Contains("run.json is damaged (The name of a text pool", Changed("\"name\": \"pool\"", $"\"name\": \"{name}\""),
        StringComparison.Ordinal);

    [Fact]
    public void A_pools_name_that_no_file_can_have_is_refused() =>
        Assert.Contains("The name of a text pool", Changed("\"name\": \"pool\"", $"\"name\": \"{new string('x', 300)}\""),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("pools", "[null]"), InlineData("pools", "null"), InlineData("layers", "null"), InlineData("layers", "[0, 99]"),
        InlineData("layers", "[1, 1]")]
    [InlineData("timings", "{\"x\": 1e999}"), InlineData("versions", "{\"x\": null}"), InlineData("notes", "[null]"),
    InlineData("model", "null")]
    [InlineData("pools", "[{\"name\": \"pool\", \"source\": \"\", \"count\": 1, \"sha256\": \"\", \"tables\": [null]}]")]
    [InlineData("pools", "[{\"name\": null, \"source\": \"\", \"count\": 1, \"sha256\": \"\", \"tables\": []}]")]
    [InlineData("pools", "[{\"name\": \"pool\", \"source\": \"\", \"count\": 1, \"sha256\": \"\", \"tables\": [{\"layer\": 1, \"sizes\": "
        + "null}]}]")]
    [InlineData("pools", "[{\"name\": \"pool\", \"source\": \"\\ud800\", \"count\": -1, \"sha256\": \"\", \"tables\": []}]")]
    public void Facts_that_make_no_sense_are_refused(string member, string value)
    {
        var facts = JsonNode.Parse(File.ReadAllText(Facts))!.AsObject();
        facts[member] = "CHANGED";
        File.WriteAllText(Facts, facts.ToJsonString().Replace("\"CHANGED\"", value, StringComparison.Ordinal));
        Assert.Contains("run.json is damaged", Assert.ThrowsAny<ClipLensException>(() => RunDirectory.Open(world.Output)).Message,
            StringComparison.Ordinal);
        Assert.Contains("run.json is damaged", world.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_a_fact_becomes_only_sentences_come_out()
    {
        string whole = File.ReadAllText(Facts);
        int refused = 0;
        foreach (var (what, text) in JsonFaults.All(whole))
        {
            File.WriteAllText(Facts, text);
            try
            {
                ReadAll();
                var run = RunDirectory.Open(world.Output);
                _ = (run.Manifest.Settings, run.Manifest.Versions.Count, run.Manifest.Timings.Values.Sum(), run.Manifest.Notes.Count);
            }
            catch (ClipLensException error)
            {
                refused++;
                Assert.DoesNotContain('\n', error.Message);
                Assert.EndsWith(".", error.Message);
            }
            catch (Exception error)
            {
                Assert.Fail($"{what}: {error}");
            }
        }
        Assert.InRange(refused, 400, 2000);
    }

    [Fact]
    public void Whatever_a_fact_becomes_an_analysis_ends_well_or_in_a_sentence()
    {
        string whole = File.ReadAllText(Facts);
        var random = new Random(11);
        foreach (var (what, text) in JsonFaults.All(whole).OrderBy(_ => random.Next()).Take(30))
        {
            File.WriteAllText(Facts, text);
            try
            {
                world.Run();
            }
            catch (Exception error) when (error is not ClipLensException)
            {
                Assert.Fail($"{what}: {error}");
            }
            catch (ClipLensException)
            {
                // A sentence.
            }
        }
    }

    [Fact]
    public void A_state_of_a_stopped_pass_that_was_changed_ends_in_a_sentence_or_is_begun_anew()
    {
        Directory.Delete(world.Output, recursive: true);
        using (var stop = new CancellationTokenSource())
            Assert.Throws<OperationCanceledException>(() => world.Run(
                progress: new Watch(report => { if (report is { Stage: "Forward pass", Done: >= 16 }) stop.Cancel(); }),
                cancellation: stop.Token));
        string state = Directory.EnumerateFiles(world.Output, "*.safetensors", SearchOption.AllDirectories).Single(),
            copy = world.File("copy");
        byte[] whole = File.ReadAllBytes(state);
        Copy(world.Output, copy);
        var random = new Random(5);
        for (int round = 0; round < 20; round++)
        {
            Directory.Delete(world.Output, recursive: true);
            Copy(copy, world.Output);
            // The head has the names, types and places of all tensors, and what is beside them.
            byte[] changed = Mutated(whole[..(8 + (int)BitConverter.ToInt64(whole))], random, isTable: false);
            File.WriteAllBytes(state, [.. changed, .. whole[(8 + (int)BitConverter.ToInt64(whole))..]]);
            try
            {
                world.Run();
            }
            catch (Exception error) when (error is not ClipLensException)
            {
                Assert.Fail($"Round {round}: {error}");
            }
            catch (ClipLensException)
            {
                // A sentence.
            }
        }
    }

    [Fact]
    public void Names_with_numbers_beyond_any_layer_or_size_are_no_files_of_the_run()
    {
        Directory.CreateDirectory(Path.Combine(world.Output, "layer-99999999999999999999"));
        File.WriteAllText(Path.Combine(world.Output, "layer-99999999999999999999", "neurons.safetensors"), "");
        File.WriteAllText(Path.Combine(world.Output, "layer-01", "texts-pool-99999999999999999999.parquet"), "");
        Assert.Equal([0, 1, 2], RunFiles.FinishedLayers(world.Output));
        Assert.Equal([6], RunFiles.TextSizes(world.Output, 1, "pool"));
    }

    [Fact]
    public void Tables_that_do_not_fit_the_run_are_refused()
    {
        string images = RunFiles.Images(world.Output), texts = RunFiles.Texts(world.Output, 1, "pool", 6),
            pool = RunFiles.PoolTexts(world.Output, "pool");
        ParquetTable.Write(pool, ParquetTable.Column.Create("text", new string[] { "a", "b" }));
        Refused("2 texts where the run has 50", run => run.PoolTexts("pool"));
        ParquetTable.Write(pool, ParquetTable.Column.OfNullable("text", new string?[50]));
        Refused("lacks a text", run => run.PoolTexts("pool"));
        ImageTable.Write(images, [new(0, "a", "", null)]);
        Refused("1 images where the run has 30", run => run.Images);
        ImageTable.Write(images, [.. Enumerable.Range(0, TinyRun.Pictures).Select(i => new ImageRow(i == 3 ? 4 : i, "a", "", null))]);
        Refused("row 3 is of the image 4", run => run.Images);
        foreach (var (row, expected) in new (NeuronText, string)[]
        {
            (new(TinyModel.Neurons, 0, 0, "a", 1), "'neuron' has 128"), (new(-1, 0, 0, "a", 1), "'neuron' has -1"),
                (new(0, 6, 0, "a", 1), "'rank' has 6"),
            (new(0, 0, 50, "a", 1), "'text_index' has 50"), (new(0, 0, 0, "a", float.NaN), "coefficient is no number"),
        })
        {
            WriteTexts(texts, row);
            Refused(expected, run => run.Texts(1, "pool", 6));
        }
        WriteTexts(texts, new(0, 0, 0, "a", 1), new(0, 0, 1, "b", 1));
        Refused("two texts of one rank", run => run.Texts(1, "pool", 6));
    }

    [Fact]
    public void Scores_that_do_not_fit_the_run_are_refused()
    {
        NeuronTruth[] neurons = [.. Enumerable.Range(0, TinyModel.Neurons)
            .Select(neuron => new NeuronTruth(neuron, 3, 0.9, 0.8, double.NaN))];
        TextTruth text = new(1, 2, 49, 0.7, 0.5);
        NeuronConcept concept = new(1, 0, "a", "a, b", 2, 1);
        WriteTruth(neurons, [text], [concept]);
        Assert.Equal(text with { Similarity = 0.7f }, Assert.Single(LayerTruth.Read(RunDirectory.Open(world.Output), 1, "pool", 6)!.Texts));
        Truth("Its rows are not those of the neurons 0 to 127", neurons[1..], [text], [concept]);
        Truth("Its rows are not those of the neurons 0 to 127", [.. neurons.Reverse()], [text], [concept]);
        Truth("'significant_images' has -1", [.. neurons[..^1], neurons[^1] with { Significant = -1 }], [text], [concept]);
        Truth("'auroc' has a value that is not from 0 to 1", [.. neurons[..^1], neurons[^1] with { Description = 1.5 }], [text], [concept]);
        Truth("'neuron' has 128", neurons, [text with { Neuron = 128 }], [concept]);
        Truth("'rank' has 6", neurons, [text with { Rank = 6 }], [concept]);
        Truth("'text_index' has 50", neurons, [text with { Text = 50 }], [concept]);
        Truth("two rows of one rank", neurons, [text, text with { Text = 3 }], [concept]);
        Truth("'count' has 7", neurons, [text], [concept with { Count = 7 }]);
        Truth("A share is no number", neurons, [text], [concept with { Share = float.NaN }]);

        void Truth(string expected, NeuronTruth[] truths, TextTruth[] texts, NeuronConcept[] concepts)
        {
            WriteTruth(truths, texts, concepts);
            Refused(expected, run => LayerTruth.Read(run, 1, "pool", 6));
        }
    }

    [Fact]
    public void Neurons_that_do_not_fit_the_run_are_refused()
    {
        string path = RunFiles.Neurons(world.Output, 1);
        var neurons = RunDirectory.Open(world.Output).Neurons(1);
        NeuronFile.Write(path, neurons with
        {
            TopImages = neurons.TopImages.ToArray()
            .Select((image, i) => i == 9 ? TinyRun.Pictures : image).ToArray()
        });
        Refused("names top images that the run has not", run => run.Neurons(1));
        NeuronFile.Write(path, neurons with { Mean = neurons.Mean.ToArray().Select((value, i) => i == 9 ? float.NaN : value).ToArray() });
        Refused("'mean' that is no number", run => run.Neurons(1));
        NeuronFile.Write(path, RandomNeurons.Layer(1, TinyModel.Neurons - 1, neurons.Width));
        Refused("does not fit the run", run => run.Neurons(1));
    }

    [Fact]
    public void A_second_process_at_a_run_is_refused_and_other_failures_are_not_taken_for_one()
    {
        using (RunLock.Take(world.Output))
            Assert.Contains("Another process is working on the run", Assert.ThrowsAny<ClipLensException>(() => RunLock.Take(world.Output))
            .Message, StringComparison.Ordinal);
        File.Delete(RunFiles.Lock(world.Output));
        Directory.CreateDirectory(RunFiles.Lock(world.Output));
        Assert.Contains("cannot be written to", Assert.ThrowsAny<ClipLensException>(() => RunLock.Take(world.Output)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/full"), InlineData("/dev/null")]
    public void A_device_is_no_output(string device)
    {
        Assert.SkipUnless(File.Exists(device), "needs devices");
        Assert.Contains("is a device; give the name of a file", Assert.ThrowsAny<ClipLensException>(() => OutputFile.Prepare(device))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sums_that_do_not_fit_the_run_are_refused()
    {
        string behaviour = RunFiles.Behaviour(world.Output, 1), images = RunFiles.Representations(world.Output);
        byte[] whole = File.ReadAllBytes(behaviour);
        SafeTensorsWriter.Save(behaviour, [SafeTensorData.From("mean", new float[15], 3, 5)]);
        File.Delete(RunFiles.ActsOn(world.Output, 1, "pool"));
        Assert.Contains("has the tensor 'mean' of shape [3, 5], which does not fit the run", world.Refusal(), StringComparison.Ordinal);
        File.WriteAllBytes(behaviour, whole);
        SafeTensorsWriter.Save(images, [SafeTensorData.From("count", Array.Empty<int>(), 0)]);
        Assert.Contains("is damaged: it counts no 3 parts of the images", world.Refusal(), StringComparison.Ordinal);
    }

    /// <summary>CLIPLENS_MUTATIONS in the environment sets the number of rounds for a longer campaign.</summary>
    [Fact]
    public void Whatever_bytes_change_only_sentences_come_out()
    {
        WriteTruth([.. Enumerable.Range(0, TinyModel.Neurons).Select(neuron => new NeuronTruth(neuron, 3, 0.9, 0.8, 0.5))],
            [new(0, 0, 7, 0.7, 0.5), new(0, 1, 8, double.NaN, 0.5)], [new(0, 0, "a", "a, b", 2, 1)]);
        var random = new Random(20251127);
        string[] files = [.. Directory.EnumerateFiles(world.Output, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".json" or ".parquet" or ".safetensors")];
        var whole = files.ToDictionary(file => file, File.ReadAllBytes);
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("CLIPLENS_MUTATIONS"), out int more) ? more : 600;
        int refused = 0;
        for (int round = 0; round < rounds; round++)
        {
            string file = files[round % files.Length];
            File.WriteAllBytes(file, Mutated(whole[file], random, Path.GetExtension(file) == ".parquet"));
            try
            {
                ReadAll();
            }
            catch (ClipLensException error)
            {
                refused++;
                Assert.DoesNotContain('\n', error.Message);
                Assert.DoesNotContain("too long to read", error.Message, StringComparison.Ordinal);
            }
            catch (Exception error)
            {
                Assert.Fail($"Round {round}, {Path.GetFileName(file)}: {error}");
            }
            File.WriteAllBytes(file, whole[file]);
        }
        Assert.InRange(refused, rounds / 3, rounds);
    }

    [SharedFact]
    public void Runs_of_the_attacks_are_refused()
    {
        string faults = SharedData.Path("cases", "faults");
        Attack("05-parquet-hang/run", run => run.PoolTexts("pool"), "texts-pool.parquet is damaged");
        Attack("09-pool-path/a/run", _ => null, "The name of a text pool");
        Attack("13-run-tables/null-pool", _ => null, "A time is no number");
        Attack("13-run-tables/pools-null", _ => null, "A text pool is missing");
        Attack("13-run-tables/top-images", run => run.Neurons(1), "names top images that the run has not");
        Attack("13-run-tables/thrift", run => run.PoolTexts("pool"), "texts-pool.parquet is damaged");
        Attack("13-run-tables/nullref", run => (run.PoolTexts("pool"), run.Images, run.Texts(1, "pool", 6), run.Texts(2, "pool", 6),
            run.PoolEmbeddings("pool"), run.Neurons(2)), "is damaged");

        void Attack(string name, Func<RunDirectory, object?> read, string expected) => Assert.Contains(expected,
            Assert.ThrowsAny<ClipLensException>(() => read(RunDirectory.Open(Path.Combine(faults, name)))).Message,
            StringComparison.Ordinal);
    }

    private string Facts => RunFiles.Manifest(world.Output);

    private string Changed(string from, string to)
    {
        string text = File.ReadAllText(Facts);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(Facts, text.Replace(from, to, StringComparison.Ordinal));
        return Assert.ThrowsAny<ClipLensException>(() => RunDirectory.Open(world.Output)).Message;
    }

    private void Refused(string expected, Func<RunDirectory, object?> read) =>
        Assert.Contains(expected, Assert.ThrowsAny<ClipLensException>(() => read(RunDirectory.Open(world.Output))).Message,
        StringComparison.Ordinal);

    private void WriteTruth(NeuronTruth[] neurons, TextTruth[] texts, NeuronConcept[] concepts)
    {
        TruthTables.WriteNeurons(RunFiles.Truth(world.Output, 1, "pool", 6), neurons, [.. neurons.Select(_ => 1.5)]);
        TruthTables.WriteTexts(RunFiles.TruthOfTexts(world.Output, 1, "pool", 6), texts, [.. Enumerable.Repeat("a", 51)]);
        TruthTables.WriteConcepts(RunFiles.Concepts(world.Output, 1, "pool", 6), concepts);
    }

    private static void WriteTexts(string path, params NeuronText[] rows) => ParquetTable.Write(path,
        ParquetTable.Column.Create("neuron", [.. rows.Select(row => row.Neuron)]),
        ParquetTable.Column.Create("rank", [.. rows.Select(row => row.Rank)]),
        ParquetTable.Column.Create("text_index", [.. rows.Select(row => row.TextIndex)]),
        ParquetTable.Column.Create("text", [.. rows.Select(row => row.Text)]),
        ParquetTable.Column.Create("coefficient", [.. rows.Select(row => row.Coefficient)]));

    /// <summary>Reads all that later commands read.</summary>
    private void ReadAll()
    {
        var run = RunDirectory.Open(world.Output);
        _ = run.Images;
        _ = run.Notes;
        foreach (int layer in run.Layers) run.Neurons(layer);
        foreach (var pool in run.Pools)
        {
            run.PoolTexts(pool.Name);
            using var described = run.Described(null, pool.Name);
            LayerTruth.Read(run, 1, pool.Name, 6);
        }
    }

    private static void Copy(string from, string into)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(into, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    /// <summary>A file with some bytes changed, left out or put in; of a table mostly in its description at the end.</summary>
    private static byte[] Mutated(byte[] file, Random random, bool isTable)
    {
        var bytes = file.ToList();
        for (int change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            int from = isTable && random.Next(3) > 0 ? Math.Max(0, bytes.Count - 700) : 0, at = random.Next(from, bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = random.Next(2) == 0 ? (byte)255 : (byte)0; break;
                case 3: bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)); break;
                default: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 20), bytes.Count - at))); break;
            }
        }
        return [.. bytes];
    }
}
