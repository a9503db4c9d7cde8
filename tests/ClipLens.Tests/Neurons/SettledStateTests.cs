using ClipLens.Effects;
using ClipLens.Models;
using ClipLens.Models.Images;
using ClipLens.Neurons;
using ClipLens.Tests.Support;
using static TorchSharp.torch;

namespace ClipLens.Tests.Neurons;

/// <summary>A saved pass is gone on from only where all of it is known to be on the disk, or the machine still runs that wrote it.</summary>
public class SettledStateTests
{
    private const string Boot = "/proc/sys/kernel/random/boot_id";

    [Fact]
    public void What_is_not_on_the_disk_yet_is_trusted_on_the_machine_that_wrote_it_alone()
    {
        Assert.SkipUnless(File.Exists(Boot), "Nothing here tells one run of the machine from another.");
        using var scratch = new ScratchFolder();
        string mark = Path.Combine(scratch.Path, "unsettled");
        int flushed = 0;
        using var gate = new ManualResetEventSlim();
        using var state = new SettledState(mark, () =>
        {
            gate.Wait();
            flushed++;
        });
        Assert.True(state.IsTrusted);
        state.Save(waits => Assert.False(waits));
        Assert.Equal(File.ReadAllText(Boot).Trim(), File.ReadAllText(mark));
        Assert.True(state.IsTrusted);
        File.WriteAllText(mark, "another run of the machine");
        Assert.False(state.IsTrusted);
        gate.Set();
        state.Wait();
        Assert.False(File.Exists(mark));
        Assert.InRange(flushed, 1, 2);
    }

    [Fact]
    public void A_pass_whose_state_another_machine_had_not_settled_begins_anew()
    {
        Assert.SkipUnless(File.Exists(Boot), "Nothing here tells one run of the machine from another.");
        using var inputs = new TinyInputs(pictures: 20);
        using var scope = NewDisposeScope();
        using var model = ClipModel.Load(inputs.Model);
        using var reader = new ImageBatchReader(model.Preprocessor, ImageList.Find(inputs.Images));
        using var scratch = new ScratchFolder();
        EffectPass Open() => new(model.Image, new SecondOrder(model.Image, [1]), reader,
            new() { ScratchFolder = scratch.Path, Top = 3, Sample = 8, Batch = 4 });
        using (var pass = Open())
        {
            pass.Run(null, TestContext.Current.CancellationToken);
            pass.Settle();
        }
        using (var pass = Open()) Assert.True(pass.IsDone);
        File.WriteAllText(Path.Combine(scratch.Path, "unsettled"), "another run of the machine");
        using (var pass = Open())
        {
            Assert.False(pass.IsDone);
            Assert.Empty(pass.Outcomes);
        }
    }
}
