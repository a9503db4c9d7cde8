using ClipLens.Compute;
using ClipLens.Cues.Adversarial;
using ClipLens.Cues.Adversarial.Photographs;
using ClipLens.Models.Images;

namespace ClipLens.Tests.Cues.Adversarial;

public class CollageTests
{
    [Fact]
    public void Specks_beside_an_object_are_left_behind()
    {
        // An object of 8, a part of 2 (a quarter), a speck of 1.
        byte[] mask =
        [
            1, 1, 0, 0, 0, 1,
            1, 1, 0, 1, 0, 0,
            1, 1, 0, 1, 0, 0,
            1, 1, 0, 0, 0, 0,
        ];
        bool[] kept = CutOut.LargeParts(mask, 6, 4);
        Assert.Equal(10, kept.Count(one => one));
        Assert.False(kept[5]);
        Assert.True(kept[9]);
    }

    [Fact]
    public void A_cut_out_is_the_object_in_its_box_with_a_soft_edge_inwards()
    {
        const int side = 200;
        var picture = new RgbImage(side, side,
            [.. Enumerable.Range(0, side * side).SelectMany(i => new byte[] { (byte)(i % side), 100, 200 })]);
        var mask = new byte[side * side];
        for (int y = 50; y < 110; y++)
            for (int x = 30; x < 80; x++) mask[y * side + x] = 255;
        var cut = CutOut.Cut(picture, mask)!;
        Assert.Equal((50, 60), (cut.Width, cut.Height));
        byte[] middle = cut.Pixels[(4 * (30 * 50 + 25))..][..4];
        Assert.Equal([55, 100, 200, 255], middle);
        // On the edge 3 of 5 neighbours are inside (radius 2): opacity 2 * 0.6 - 1 = 0.2, colours times that.
        byte[] edge = cut.Pixels[(4 * (30 * 50))..][..4];
        Assert.Equal([(byte)(30 * 0.2 + 0.5), 20, 40, 51], edge);
        Assert.Null(CutOut.Cut(picture, new byte[side * side]));
    }

    [Fact]
    public void Things_are_pasted_where_the_true_class_is_not()
    {
        const int side = 100;
        var mask = new byte[side * side];
        for (int y = 0; y < side; y++)
            for (int x = 0; x < 50; x++) mask[y * side + x] = 255;
        var photograph = new CollageBase("x", side, new byte[4 * side * side], mask);
        Assert.Equal(0.5, photograph.Covered(new(0, 0, 50, 50)));
        Assert.Equal(0.05, photograph.Covered(new(45, 10, 40, 50)));
        for (ulong seed = 0; seed < 50; seed++)
        {
            var first = photograph.Place(new SeededRandom(seed), 30, 40, []);
            var second = photograph.Place(new SeededRandom(seed + 1000), 40, 20, [first]);
            Assert.InRange(photograph.Covered(first), 0, 0.12);
            Assert.InRange(photograph.Covered(second) + first.Overlap(second), 0, 0.12);
            Assert.InRange(Math.Max(first.Width, first.Height), 16, 50);
            Assert.True(first.Left >= 0 && first.Top >= 0 && first.Left + first.Width <= side && first.Top + first.Height <= side);
            Assert.Equal(first, photograph.Place(new SeededRandom(seed), 30, 40, []));
        }
    }

    [Fact]
    public void What_is_pasted_covers_the_photograph_and_nothing_else_changes()
    {
        const int side = 64;
        byte[] grey = [.. Enumerable.Range(0, side * side).SelectMany(_ => new byte[] { 90, 90, 90, 255 })];
        byte[] red = [.. Enumerable.Range(0, 100).SelectMany(_ => new byte[] { 250, 0, 0, 255 })];
        var photograph = new CollageBase("x", side, grey, new byte[side * side]);
        var plain = ImageDecoder.Decode(photograph.Plain.Bytes.Span, "plain");
        var pasted = ImageDecoder.Decode(CollageCanvas.Paste(side, grey, [(new CutOut(10, 10, red), new PastePlace(8, 32, 24, 16))])
            .Bytes.Span, "pasted");
        Assert.All(plain.Pixels.ToArray(), value => Assert.InRange(value, 88, 92));
        Assert.InRange(pasted.Pixels[3 * (40 * side + 20)], 240, 255);
        Assert.InRange(pasted.Pixels[3 * (40 * side + 20) + 1], 0, 12);
        // Jpeg blocks of 8 that the paste does not touch.
        for (int y = 0; y < 24; y++)
            for (int x = 0; x < side; x++) Assert.InRange(pasted.Pixels[3 * (y * side + x)], 88, 92);
    }

    [Theory]
    [InlineData("ship", "A photo of a ship")]
    [InlineData("ox", "A photo of an ox")]
    public async Task The_composer_names_class_and_cues_and_the_control_names_no_cue(string name, string expected)
    {
        var describer = new TemplateDescriber();
        var texts = new HashSet<string>();
        for (ulong seed = 0; seed < 40; seed++)
        {
            var description = await describer.Describe(new(name, "truck", ["crane", "asphalt"], seed),
                TestContext.Current.CancellationToken);
            Assert.Contains(name, description.Text, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("crane and asphalt", description.Text, StringComparison.OrdinalIgnoreCase);
            Assert.Contains(name, description.Control, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("crane", description.Control, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain("truck", description.Text + description.Control, StringComparison.OrdinalIgnoreCase);
            Assert.Empty(description.Exchanges);
            texts.Add(description.Text);
        }
        Assert.True(texts.Count >= 5);
        Assert.Contains(texts, text => text.StartsWith(expected, StringComparison.Ordinal));
    }
}
