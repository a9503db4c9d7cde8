using ClipLens.Drawing;
using ClipLens.Models.Images;

namespace ClipLens.Tests.Drawing;

public class ContactSheetTests
{
    private static readonly RgbImage Blue = HeatMapTests.Plain(100, 100, 10, 20, 250);

    [Fact]
    public void Tiles_stand_in_rows_with_their_captions_beneath_and_the_title_above()
    {
        ContactTile[] tiles = [.. Enumerable.Range(0, 7).Select(i => new ContactTile(Blue, i == 3 ? "a caption" : ""))];
        RgbImage sheet = new ContactSheet(["Neuron 9:391", "wolf, fox"], tiles, Columns: 5, TileSize: 100).Draw();
        // Margin 20, five tiles of 100 with gaps of 12; title 30 + 21 + 12; rows of 100 + 17 (a caption's line) + 16.
        Assert.Equal((588, 20 + 63 + 2 * 133 - 12 + 20), (sheet.Width, sheet.Height));
        for (int i = 0; i < 7; i++)
        {
            (int x, int y) = (20 + i % 5 * 112, 83 + i / 5 * 133);
            Assert.Equal((10, 20, 250), HeatMapTests.Pixel(sheet, x, y));
            Assert.Equal((10, 20, 250), HeatMapTests.Pixel(sheet, x + 99, y + 99));
            Assert.Equal((255, 255, 255), HeatMapTests.Pixel(sheet, x - 1, y));
        }
        Assert.Equal((255, 255, 255), HeatMapTests.Pixel(sheet, 20 + 2 * 112, 83 + 133));
        Assert.True(Ink(sheet, 20, 20, 200, 25) > 300, "the title is missing");
        Assert.True(Ink(sheet, 20 + 3 * 112, 183, 100, 20) > 60, "the caption is missing");
        Assert.Equal(0, Ink(sheet, 20 + 4 * 112, 183, 100, 20));
    }

    [Fact]
    public void Long_texts_stay_inside_their_place()
    {
        string longText = string.Concat(Enumerable.Repeat("supercalifragilistic", 40));
        ContactTile[] tiles = [new(Blue, longText), new(Blue, longText + "\n" + longText)];
        RgbImage sheet = new ContactSheet([longText, longText], tiles, 2, 100).Draw();
        Assert.Equal(480, sheet.Width);
        // Nothing reaches the margins or the gap between the tiles.
        Assert.Equal(0, Ink(sheet, 460, 0, 20, sheet.Height));
        Assert.Equal(0, Ink(sheet, 120, sheet.Height - 50, 12, 50));
        Assert.Equal(0, Ink(sheet, 0, sheet.Height - 10, sheet.Width, 10));
    }

    [Fact]
    public void Shapes_are_kept_and_a_sheet_without_pictures_is_only_its_title()
    {
        RgbImage sheet = new ContactSheet([], [new(HeatMapTests.Plain(400, 100, 200, 0, 0), "")], 5, 200).Draw();
        // 400 x 100 becomes 200 x 50 in the middle of its square.
        Assert.Equal((255, 255, 255), HeatMapTests.Pixel(sheet, 120, 20 + 70));
        Assert.Equal((200, 0, 0), HeatMapTests.Pixel(sheet, 120, 20 + 100));
        Assert.Equal((255, 255, 255), HeatMapTests.Pixel(sheet, 120, 20 + 130));
        Assert.Equal(82, new ContactSheet(["Only a title"], []).Draw().Height);
    }

    [Fact]
    public void A_tile_shows_its_heat()
    {
        RgbImage sheet = new ContactSheet([], [new(Blue, "", new HeatMap([0, 0, 0, 1], 2, 2))], 1, 100).Draw();
        // The picture as it is, and beside it, after a gap of 4, the same with the map over it.
        Assert.Equal((10, 20, 250), HeatMapTests.Pixel(sheet, 20 + 90, 20 + 90));
        Assert.True(HeatMapTests.Pixel(sheet, 124 + 90, 20 + 90).Item1 > 180);
        Assert.Equal(8, HeatMapTests.Pixel(sheet, 124 + 5, 20 + 5).Item1);
        var withLegend = (new ContactSheet([], [new(Blue, "", new HeatMap([0, 0, 0, 1], 2, 2))], 1, 100) with { HeatLegend = "heat" })
            .Draw();
        Assert.Equal(sheet.Height + 24, withLegend.Height);
        Assert.Equal((136, 136, 136), HeatMapTests.Pixel(withLegend, 20, 25));
        Assert.True(HeatMapTests.Pixel(withLegend, 139, 25).Item1 > 200, "the bar of colours is missing");
    }

    [Fact]
    public void A_long_file_name_is_cut_in_its_middle()
    {
        string cut = Lettering.FitMiddle("ILSVRC2012_validation_photograph_00012345.JPEG", 13, 150);
        Assert.StartsWith("ILSVRC", cut, StringComparison.Ordinal);
        Assert.EndsWith("2345.JPEG", cut, StringComparison.Ordinal);
        Assert.True(Lettering.Width(cut, 13) <= 150);
        Assert.Equal("a.png", Lettering.FitMiddle("a.png", 13, 150));
    }

    [Fact]
    public void Texts_wrap_between_words_and_are_cut_with_a_mark()
    {
        Assert.Equal(["one two three"], Lettering.Wrap("one\ttwo \nthree".Replace(" \n", " "), 13, 500, 2));
        List<string> lines = Lettering.Wrap("one two three four five six seven eight nine ten eleven twelve", 13, 100, 3);
        Assert.Equal(3, lines.Count);
        Assert.EndsWith("…", lines[2]);
        Assert.StartsWith("one two", lines[0]);
        Assert.All(lines, line => Assert.True(Lettering.Width(line, 13) <= 100));
        Assert.All(lines.Take(2), line => Assert.DoesNotContain("…", line));
        // Half of a surrogate pair is no character.
        Assert.All(Lettering.Wrap(string.Concat(Enumerable.Repeat("😀", 50)), 13, 61, 2),
            line => Assert.Equal(line, string.Concat(line.EnumerateRunes())));
        Assert.Empty(Lettering.Wrap("  ", 13, 100, 2));
    }

    /// <summary>Pixels of a part that are neither paper nor the tiles' blue.</summary>
    private static int Ink(RgbImage image, int x, int y, int width, int height)
    {
        int ink = 0;
        for (int row = y; row < y + height; row++)
            for (int column = x; column < x + width; column++)
                if (HeatMapTests.Pixel(image, column, row) is not ((255, 255, 255) or (10, 20, 250))) ink++;
        return ink;
    }
}
