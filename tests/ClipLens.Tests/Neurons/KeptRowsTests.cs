using ClipLens.Files;
using ClipLens.Neurons;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Neurons;

/// <summary>Which images are kept for a neuron, and that their coefficients are those that were given.</summary>
public class KeptRowsTests
{
    private const int Paths = 3;

    [Fact]
    public void Images_within_the_margin_of_the_kth_are_kept_with_their_coefficients()
    {
        using var scratch = new ScratchFolder();
        using var kept = Open(scratch, new(Top: 2, MostImages: 100), neurons: 2);
        kept.Place(0, image: 7, Row(7));
        kept.SetKeys(0, [new(100, 100, 0)], margin: 3);
        for (int image = 0; image < 60; image++) kept.Offer(0, key: image % 20, square: image, image, Row(image));
        // The two largest are 19 and 19, then the first one's 10 and all below 16 may go.
        kept.SetKeys(0, [.. kept[0].ToArray().Select(own => new Measurement(own.Square, own.Key * own.Key, 0))], margin: 3);
        Assert.Equal([16, 16, 16, 17, 17, 17, 18, 18, 18, 19, 19, 19], kept[0].ToArray().Select(own => (int)MathF.Round(own.Key)).Order());
        Assert.Equal(16, kept.Floors[0], 1e-4f);
        var values = new float[kept[0].Length * Paths];
        kept.ReadRows(0, values);
        for (int i = 0; i < kept[0].Length; i++) Assert.Equal(Row(kept[0][i].Image), values[(i * Paths)..((i + 1) * Paths)]);
        Assert.Empty(kept[1].ToArray());
        Assert.Equal(float.NegativeInfinity, kept.Floors[1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Where_there_is_no_room_margins_shrink_before_the_kth_is_lost(bool inMemory)
    {
        using var scratch = new ScratchFolder();
        using var kept = Open(scratch, new(Top: 3, MostImages: 5), neurons: 4, inMemory);
        var random = new Random(1);
        var all = Enumerable.Range(0, 4).Select(_ => Enumerable.Range(0, 200).Select(_ => random.NextSingle()).ToArray()).ToArray();
        for (int neuron = 0; neuron < 4; neuron++) kept.SetKeys(neuron, [], margin: 10);
        for (int image = 0; image < 200; image++)
            for (int neuron = 0; neuron < 4; neuron++) kept.Offer(neuron, all[neuron][image], 0, image, Row(image));
        Assert.InRange(Enumerable.Range(0, 4).Sum(neuron => kept[neuron].Length), 12, 20);
        for (int neuron = 0; neuron < 4; neuron++)
        {
            var own = kept[neuron].ToArray();
            int[] largest = [.. Enumerable.Range(0, 200).OrderByDescending(image => all[neuron][image]).Take(3)];
            Assert.Subset(own.Select(image => image.Image).ToHashSet(), largest.ToHashSet());
            // Whatever was left out is not above the floor, and is named or not above the floor of those named.
            var named = kept.Omitted[neuron].ToArray().Select(image => image.Image).ToHashSet();
            Assert.Empty(named.Intersect(own.Select(image => image.Image)));
            Assert.InRange(named.Count, 1, 63);
            Assert.All(Enumerable.Range(0, 200).Except(own.Select(image => image.Image)).Except(named),
                image => Assert.InRange(all[neuron][image], 0, kept.Omitted.Present[neuron]));
            Assert.All(Enumerable.Range(0, 200).Except(own.Select(image => image.Image)),
                image => Assert.InRange(all[neuron][image], 0, kept.Floors[neuron]));
            float[] row = new float[Paths];
            Assert.All(own, image =>
            {
                kept.ReadRow(image, row);
                Assert.Equal(Row(image.Image), row);
            });
        }
    }

    [Fact]
    public void What_was_saved_goes_on_as_if_nothing_had_happened()
    {
        using var scratch = new ScratchFolder();
        string state = Path.Combine(scratch.Path, "state.safetensors");
        KeptLimits limits = new(Top: 2, MostImages: 4);
        var whole = Open(scratch, limits, neurons: 3);
        Feed(whole, 0, 50);
        SafeTensorsWriter.Save(state, [.. whole.Save()]);
        // What comes after the save is lost with the process, but its rows are in the files.
        Feed(whole, 50, 80);
        whole.Dispose();
        using var again = Open(scratch, limits, neurons: 3);
        using (var file = SafeTensorsFile.Open(state)) Assert.True(again.Load(file));
        Feed(again, 50, 80);
        using var other = new ScratchFolder();
        using var straight = Open(other, limits, neurons: 3);
        Feed(straight, 0, 80);
        for (int neuron = 0; neuron < 3; neuron++)
        {
            Assert.Equal(straight[neuron].ToArray().Select(own => (own.Key, own.Image)),
                again[neuron].ToArray().Select(own => (own.Key, own.Image)));
            Assert.Equal(straight.Omitted[neuron].ToArray(), again.Omitted[neuron].ToArray());
            Assert.Equal(straight.Omitted.Present[neuron], again.Omitted.Present[neuron]);
            Assert.Equal(straight.Floors[neuron], again.Floors[neuron]);
            float[] rows = new float[again[neuron].Length * Paths];
            again.ReadRows(neuron, rows);
            Assert.Equal(again[neuron].ToArray().SelectMany(own => Row(own.Image)), rows);
        }
    }

    [Theory]
    [InlineData(1000, 96, 16)]
    [InlineData(113, 16, 16)]
    [InlineData(40, 64, 16)]
    [InlineData(31, 7, 4)]
    public void Every_image_has_its_place_and_a_batch_behind_the_sample_follows_the_dataset(int images, int sample, int batch)
    {
        var order = new ImageOrder(images, sample, batch, DatasetPart.Whole);
        Assert.Equal(Enumerable.Range(0, images), order.Indices.Order());
        Assert.Equal(order.Indices.Take(order.Sample).Order(), order.Indices.Take(order.Sample));
        for (int start = order.Sample; start < images; start += batch)
        {
            int[] own = [.. order.Indices.Skip(start).Take(batch)];
            Assert.Equal(own.Order(), own);
        }
        // From early on the mean place is near the middle, which it is not where images are taken as they come.
        if (images < 1000) return;
        Assert.InRange(order.Indices.Skip(order.Sample).Take(images / 4).Average(), 0.4 * images, 0.6 * images);
    }

    private static void Feed(KeptRows kept, int first, int end)
    {
        var random = new Random(3);
        for (int image = 0; image < end; image++)
            for (int neuron = 0; neuron < 3; neuron++)
            {
                float key = random.NextSingle();
                if (image >= first) kept.Offer(neuron, key, key * key, image, Row(image));
            }
    }

    private static float[] Row(int image) => [image, image + 0.5f, -image];

    private static KeptRows Open(ScratchFolder scratch, KeptLimits limits, int neurons, bool inMemory = true) =>
        new(scratch.Path, layer: 1, neurons, Paths, limits, inMemory);
}
