using ClipLens.Cues.Adversarial;
using ClipLens.Scenes;

namespace ClipLens.Tests.Scenes;

public class DrawnPicturesTests
{
    [Fact]
    public async Task A_picture_shows_the_cues_and_its_control_the_same_scene_without_them()
    {
        var pictures = new DrawnPictures(64);
        var stop = TestContext.Current.CancellationToken;
        Assert.Equal(["bird", "red", "sea", "tree"], pictures.Prepare(["tree", "asphalt", "red", "big", "bird", "sea"], null, stop)
            .Cues.Order());
        Assert.Equal("ship, tree, sea", (await Of("tree", "sea")).Account["caption"]!.ToString());
        var (one, two, again) = (await Of("tree"), await Of("bird"), await Of("tree"));
        Assert.Equal(one.Picture.Bytes.ToArray(), again.Picture.Bytes.ToArray());
        Assert.Equal(one.Control.Bytes.ToArray(), two.Control.Bytes.ToArray());
        Assert.NotEqual(one.Picture.Bytes.ToArray(), one.Control.Bytes.ToArray());
        Assert.NotEqual(one.Picture.Bytes.ToArray(), two.Picture.Bytes.ToArray());
        // A colour is put on the ship, and a later scene takes the place of an earlier one; nothing else changes.
        var (red, desert) = (await Of("red"), await Of("sea", "desert"));
        Assert.NotEqual(red.Control.Bytes.ToArray(), red.Picture.Bytes.ToArray());
        Assert.Equal(one.Control.Bytes.ToArray(), red.Control.Bytes.ToArray());
        Assert.Equal((await Of("desert")).Picture.Bytes.ToArray(), desert.Picture.Bytes.ToArray());
        Assert.NotEqual((await Of("sea")).Picture.Bytes.ToArray(), desert.Picture.Bytes.ToArray());

        Task<PicturePair> Of(params string[] cues) => pictures.Draw(new(new("ship", "truck", cues, 7), new("", "", []), 0), stop);
    }
}
