using System.Security.Cryptography;
using ClipLens.Editing.Units;
using ClipLens.Editing.Weights;
using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Editing.Weights;

/// <summary>What an edit writes, and what it refuses.</summary>
public sealed class CheckpointEditorTests : IDisposable
{
    private readonly TinyInputs inputs = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ModelEdit Edit(params string[] units) => new([.. units.Select(unit => new UnitChange(ModelUnit.Parse(unit)))],
        EditMean.ClassToken);

    [Fact]
    public void An_edited_model_is_the_model_with_these_activations_at_their_mean()
    {
        using var model = ClipModel.Load(inputs.Model);
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(inputs.Images));
        var means = UnitMeans.Measure(model, reader, [1]);
        CheckpointEditor.Write(inputs.Model, Edit("1:5", "1:40"), means, inputs.File("edited"), cancellation: Cancellation);

        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var lens = new NeuronLens(model);
        var pixels = reader.Read(0, 6).Pixels;
        // The other way to take neurons out: in the forward pass, with the class token's mean at every token.
        using var tokens = lens.MeanActivations(reader, 1);
        var atClass = tokens.Tokens[0].unsqueeze(0).expand(tokens.Tokens.shape[0], -1);
        var expected = lens.MeanAblated(lens.Trace(pixels, NeuronLens.IndirectRequest(1)), 1, atClass, [5, 40]);
        using var edited = ClipModel.Load(inputs.File("edited"));
        var found = edited.Image.Encode(pixels);
        Assert.True(((found - expected).abs().max() / expected.abs().max()).item<float>() < 1e-5);
        Assert.True(((found - model.Image.Encode(pixels)).abs().max() / expected.abs().max()).item<float>() > 1e-3);
    }

    [Fact]
    public void The_tower_that_a_search_tries_edits_on_is_the_edited_checkpoint()
    {
        using var model = ClipModel.Load(inputs.Model);
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(inputs.Images));
        var means = UnitMeans.Measure(model, reader, [0, 1, 2, 3]);
        var edit = new ModelEdit([new(new(3, 7)), new(new(1, 1, IsHead: true), 0.5), new(new(0, 2), 3)], EditMean.AllTokens);
        CheckpointEditor.Write(inputs.Model, edit, means, inputs.File("edited"), cancellation: Cancellation);
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        var pixels = reader.Read(0, 6).Pixels;
        using var edited = ClipModel.Load(inputs.File("edited"));
        using var tower = new EditedTower(inputs.Model, means);
        tower.Set(Edit("2:9"));
        tower.Set(edit);
        Assert.True((tower.Tower.Encode(pixels) - edited.Image.Encode(pixels)).abs().max().item<float>() == 0);
        tower.Set(new([], EditMean.None));
        Assert.True((tower.Tower.Encode(pixels) - model.Image.Encode(pixels)).abs().max().item<float>() == 0);
    }

    [Fact]
    public void An_edit_that_was_killed_leaves_nothing_that_hinders_the_next()
    {
        string partial = inputs.File("edited.partial");
        Directory.CreateDirectory(partial);
        File.WriteAllText(Path.Combine(partial, ".lock"), "");
        File.WriteAllText(Path.Combine(partial, "open_clip_model.safetensors"), "half");
        File.WriteAllText(Path.Combine(partial, "stray"), "half");
        Write("edited", "1:5");
        Assert.False(Directory.Exists(partial));
        Assert.Equal([.. Directory.GetFiles(inputs.Model).Select(Path.GetFileName).Append(EditRecord.FileName).Order()],
            Directory.GetFiles(inputs.File("edited")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_stopped_edit_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        using var model = ClipModel.Load(inputs.Model);
        Assert.ThrowsAny<OperationCanceledException>(() => CheckpointEditor.Write(inputs.Model, Edit("1:5"), UnitMeans.Zero(model),
            inputs.File("edited"), cancellation: stop.Token));
        Assert.False(Directory.Exists(inputs.File("edited")));
        Assert.False(Directory.Exists(inputs.File("edited.partial")));
    }

    [Fact]
    public void Weights_beside_the_models_own_are_not_copied()
    {
        File.WriteAllText(Path.Combine(inputs.Model, "pytorch_model.bin"), "older");
        Directory.CreateDirectory(Path.Combine(inputs.Model, "extra"));
        File.WriteAllText(Path.Combine(inputs.Model, "extra", "notes.txt"), "kept");
        Assert.Equal(["pytorch_model.bin"], CheckpointEditor.LeftOut(inputs.Model));
        Write("edited", "1:5");
        Assert.False(File.Exists(inputs.File("edited", "pytorch_model.bin")));
        Assert.Equal("kept", File.ReadAllText(inputs.File("edited", "extra", "notes.txt")));
    }

    [Fact]
    public void Digests_beside_the_weights_are_those_of_the_edited_ones_and_an_undo_brings_back_their_bytes()
    {
        const string weights = "open_clip_model.safetensors";
        string fingerprint, unrelated = new('a', 64);
        using (var model = ClipModel.Load(inputs.Model)) fingerprint = model.Sha256;
        byte[] old = File.ReadAllBytes(Path.Combine(inputs.Model, weights));
        string sums = $"{Convert.ToHexStringLower(SHA256.HashData(old))}  {weights}\n{unrelated}  other\n";
        static string Md5(byte[] bytes) => Convert.ToHexString(CryptographicOperations.HashData(HashAlgorithmName.MD5, bytes));
        string card = $"MD5 {Md5(old)}, {Convert.ToHexStringLower(SHA512.HashData(old))}0 is none.";
        foreach (var (name, text) in new[] { ("sha256.txt", fingerprint + "\n"), ("SHA256SUMS", sums), ("README.md", card) })
            File.WriteAllText(Path.Combine(inputs.Model, name), text);
        Write("edited", "1:5");

        byte[] now = File.ReadAllBytes(inputs.File("edited", weights));
        using (var model = ClipModel.Load(inputs.File("edited")))
            Assert.Equal(model.Sha256 + "\n", File.ReadAllText(inputs.File("edited", "sha256.txt")));
        Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData(now))}  {weights}\n{unrelated}  other\n",
            File.ReadAllText(inputs.File("edited", "SHA256SUMS")));
        Assert.Equal($"MD5 {Md5(now)}, {Convert.ToHexStringLower(SHA512.HashData(old))}0 is none.",
            File.ReadAllText(inputs.File("edited", "README.md")));
        Assert.Equal(["README.md", "SHA256SUMS", weights, "sha256.txt"],
            EditRecord.Read(inputs.File("edited")).After.Keys.Order(StringComparer.Ordinal));

        CheckpointEditor.Undo(inputs.File("edited"), inputs.File("back"), Cancellation);
        foreach (string file in Directory.GetFiles(inputs.Model))
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(inputs.File("back", Path.GetFileName(file))));
        File.AppendAllText(inputs.File("edited", "SHA256SUMS"), "more");
        Assert.Equal($"{inputs.File("edited", "SHA256SUMS")} was changed since it was edited, so the edit cannot be taken back.",
            Refusal(() => CheckpointEditor.Undo(inputs.File("edited"), inputs.File("again"), Cancellation)));
    }

    [Fact]
    public void The_record_says_what_was_done_and_an_undo_of_changed_weights_is_refused()
    {
        Write("edited", "1:5", "head 2:1");
        var record = EditRecord.Read(inputs.File("edited"));
        Assert.Equal(["1:5", "head 2:1"], record.Edit.Changes.Select(change => change.Unit.ToString()));
        using (var model = ClipModel.Load(inputs.Model)) Assert.Equal(model.Sha256, record.Sha256);
        string weights = inputs.File("edited", "open_clip_model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        bytes[^1] ^= 1;
        File.WriteAllBytes(weights, bytes);
        Assert.Equal($"{weights} was changed since it was edited, so the edit cannot be taken back.",
            Refusal(() => CheckpointEditor.Undo(inputs.File("edited"), inputs.File("back"), Cancellation)));
        Assert.False(Directory.Exists(inputs.File("back")));
    }

    [Fact]
    public void What_cannot_be_edited_is_told_in_a_sentence_and_nothing_is_lost()
    {
        byte[] before = File.ReadAllBytes(Path.Combine(inputs.Model, "open_clip_model.safetensors"));
        Assert.Equal("The neuron 1:128 is not there: the neurons of a layer are numbered from 0 to 127; choose one of them.",
            Refusal(() => Write("edited", "1:128")));
        Assert.Equal("The neuron 4:0 is not there: the model's layers are numbered from 0 to 3; choose one of them.",
            Refusal(() => Write("edited", "4:0")));
        Assert.Equal("The head 1:2 is not there: the heads of a layer are numbered from 0 to 1; choose one of them.",
            Refusal(() => Write("edited", "head 1:2")));
        Assert.Equal("The head 9:0 is not there: the model's layers are numbered from 0 to 3; choose one of them.",
            Refusal(() => Write("edited", "head 9:0")));
        Assert.Equal("The edit names 1:5 twice; leave one of them out.", Refusal(() => Write("edited", "1:5", "1:5")));
        Assert.Equal("There is nothing to edit; name at least one neuron or head.", Refusal(() => Write("edited")));
        Assert.Equal($"The output {inputs.Model} lies in the model's own folder {inputs.Model}; give another place.",
            Refusal(() => WriteTo(inputs.Model, "1:5")));
        string inside = Path.Combine(inputs.Model, "edited");
        Assert.Equal($"The output {inside} lies in the model's own folder {inputs.Model}; give another place.",
            Refusal(() => WriteTo(inside, "1:5")));
        Directory.CreateDirectory(inputs.File("full"));
        File.WriteAllText(inputs.File("full", "mine"), "");
        Assert.Equal($"The output {inputs.File("full")} is there already; give a new folder, or remove it first.",
            Refusal(() => Write("full", "1:5")));
        Directory.CreateDirectory(inputs.File("other.partial"));
        File.WriteAllText(inputs.File("other.partial", "mine"), "");
        Assert.Equal($"{inputs.File("other.partial")} is in the way and is nothing that an edit left; remove it, or give another output.",
            Refusal(() => Write("other", "1:5")));
        Assert.True(File.Exists(inputs.File("full", "mine")) && File.Exists(inputs.File("other.partial", "mine")));
        Assert.False(Directory.Exists(inputs.File("edited")));
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(inputs.Model, "open_clip_model.safetensors")));
    }

    [Fact]
    public void A_model_that_is_edited_already_is_refused()
    {
        Write("edited", "1:5");
        string edited = inputs.File("edited");
        Assert.Equal($"{edited} is edited already (edit.json beside it says how); make all changes in one edit of the model that it came "
            + "from, or undo this one first.", Refusal(() =>
        {
            using var model = ClipModel.Load(edited);
            CheckpointEditor.Write(edited, Edit("1:6"), UnitMeans.Zero(model), inputs.File("twice"), cancellation: Cancellation);
        }));
        Assert.Equal($"{inputs.Model} has no edit.json, so it is no model that 'cliplens edit' made; give the folder of one.",
            Refusal(() => CheckpointEditor.Undo(inputs.Model, inputs.File("back"), Cancellation)));
    }

    [Fact]
    public void A_full_disk_is_told_in_a_sentence_and_leaves_nothing()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using var model = ClipModel.Load(inputs.Model);
        // The record is written last, under a name that leads to a device without space.
        var error = Assert.ThrowsAny<IOException>(() => CheckpointEditor.Write(inputs.Model, Edit("1:5"), UnitMeans.Zero(model),
            inputs.File("edited"), folder =>
            {
                File.CreateSymbolicLink(Path.Combine(folder, EditRecord.FileName + ".partial"), "/dev/full");
                return null;
            }, Cancellation));
        Assert.Contains("edit.json could not be written because the disk is full; free some space and give the same command again.",
            error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(inputs.File("edited")));
        Assert.False(Directory.Exists(inputs.File("edited.partial")));
    }

    public void Dispose() => inputs.Dispose();

    private void Write(string name, params string[] units) => WriteTo(inputs.File(name), units);

    private void WriteTo(string output, params string[] units)
    {
        using var model = ClipModel.Load(inputs.Model);
        CheckpointEditor.Write(inputs.Model, Edit(units), UnitMeans.Zero(model), output, cancellation: Cancellation);
    }

    private static string Refusal(Action work)
    {
        string message = Assert.ThrowsAny<ClipLensException>(work).Message;
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
