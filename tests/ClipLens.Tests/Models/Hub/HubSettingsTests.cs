using ClipLens.Models.Hub;
using ClipLens.Tests.Support;

namespace ClipLens.Tests.Models.Hub;

/// <summary>The variables of the environment that Hugging Face's own tools read, with their meaning there.</summary>
public class HubSettingsTests
{
    private static HubSettings Read(params (string Name, string Value)[] variables) =>
        HubSettings.From(name => variables.FirstOrDefault(own => own.Name == name).Value, "/home/me");

    [Fact]
    public void Without_any_variable_all_is_where_the_tools_put_it()
    {
        var settings = Read();
        Assert.Equal(("https://huggingface.co/", "/home/me/.cache/huggingface/hub", "/home/me/.cache/huggingface/assets/cliplens",
            "/home/me/.cache/clip", false, true), (settings.Endpoint.ToString(), settings.Cache, settings.Assets, settings.OpenAiCache,
            settings.IsOffline, settings.UseLinks));
        Assert.Null(settings.Token);
        Assert.Null(settings.Mirror);
    }

    [Theory]
    [InlineData("/data/hf/hub", "HF_HOME", "/data/hf")]
    [InlineData("/home/me/hf/hub", "HF_HOME", "~/hf")]
    [InlineData("/home/me/.cache/huggingface/hub", "HF_HOME", "")]
    [InlineData("/caches/huggingface/hub", "XDG_CACHE_HOME", "/caches")]
    [InlineData("/models", "HF_HUB_CACHE", "/models")]
    [InlineData("/models", "HUGGINGFACE_HUB_CACHE", "/models")]
    public void The_cache_is_where_a_variable_says(string cache, string name, string value) =>
        Assert.Equal(cache, Read((name, value)).Cache);

    [Fact]
    public void The_nearer_variable_goes_before_the_wider_one()
    {
        var settings = Read(("HF_HOME", "/hf"), ("HF_HUB_CACHE", "/models"), ("HUGGINGFACE_HUB_CACHE", "/old"), ("XDG_CACHE_HOME", "/x"));
        Assert.Equal(("/models", "/hf/assets/cliplens"), (settings.Cache, settings.Assets));
        Assert.Equal("/a/cliplens", Read(("HF_HOME", "/hf"), ("HF_ASSETS_CACHE", "/a")).Assets);
    }

    [Theory]
    [InlineData("1", true), InlineData("ON", true), InlineData("on", true), InlineData("YES", true), InlineData("Yes", true),
        InlineData("TRUE", true), InlineData("true", true)]
    [InlineData("0", false), InlineData("OFF", false), InlineData("no", false), InlineData("false", false), InlineData("", false),
        InlineData("2", false), InlineData(" 1", false), InlineData("y", false)]
    public void Yes_is_written_as_in_the_tools(string value, bool isYes)
    {
        Assert.Equal(isYes, Read(("HF_HUB_OFFLINE", value)).IsOffline);
        Assert.Equal(isYes, Read(("TRANSFORMERS_OFFLINE", value)).IsOffline);
        Assert.Equal(isYes, !Read(("HF_HUB_DISABLE_SYMLINKS", value)).UseLinks);
        Assert.Equal(isYes, Read(("HF_TOKEN", "hf_x"), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", value)).Token is null);
    }

    [Fact]
    public void A_no_of_the_hubs_own_variable_stands_whatever_the_older_one_says() =>
        Assert.False(Read(("HF_HUB_OFFLINE", "0"), ("TRANSFORMERS_OFFLINE", "1")).IsOffline);

    [Theory]
    [InlineData("https://mirror.example", "https://mirror.example/"), InlineData("https://mirror.example/", "https://mirror.example/"),
        InlineData("http://10.0.0.1:8090/hf//", "http://10.0.0.1:8090/hf")]
    public void The_hub_is_where_its_variable_says(string value, string address) =>
        Assert.Equal(address, Read(("HF_ENDPOINT", value)).Endpoint.ToString());

    [Theory, InlineData("mirror.example"), InlineData("ftp://mirror.example"), InlineData("/data")]
    public void What_is_no_address_is_refused(string value) =>
        Assert.Equal($"HF_ENDPOINT holds '{value}', which is no address; write one such as https://huggingface.co.",
            Assert.Throws<ClipLensException>(() => Read(("HF_ENDPOINT", value))).Message);

    [Fact]
    public void The_token_is_the_variables_or_the_last_logins()
    {
        using var folder = new ScratchFolder();
        folder.Write("token", "hf_login\n");
        string other = folder.Write("other", " hf_other \r\n");
        (string, string) home = ("HF_HOME", folder.Path), path = ("HF_TOKEN_PATH", other);
        Assert.Equal("hf_login", Read(home).Token);
        Assert.Equal("hf_other", Read(home, path).Token);
        Assert.Equal("hf_now", Read(home, path, ("HF_TOKEN", "hf_now\n"), ("HUGGING_FACE_HUB_TOKEN", "hf_old")).Token);
        Assert.Equal("hf_old", Read(home, ("HUGGING_FACE_HUB_TOKEN", "hf_old")).Token);
        Assert.Equal("hf_login", Read(home, ("HF_TOKEN", " ")).Token);
        folder.Write("token", "\n");
        Assert.Null(Read(home).Token);
    }

    [Fact]
    public void What_is_no_token_is_refused_without_showing_it()
    {
        Assert.Equal("HF_TOKEN holds no token of the hub: a token is one word of plain letters; log in again.",
            Assert.Throws<ClipLensException>(() => Read(("HF_TOKEN", "hf_secret and more"))).Message);
        using var folder = new ScratchFolder();
        string file = folder.Write("token", "hf_séc");
        Assert.Equal($"{file} holds no token of the hub: a token is one word of plain letters; log in again.",
            Assert.Throws<ClipLensException>(() => Read(("HF_HOME", folder.Path))).Message);
    }
}
