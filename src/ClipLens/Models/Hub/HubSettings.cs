namespace ClipLens.Models.Hub;

/// <summary>
/// Where models are fetched from and kept: the variables of the environment that Hugging Face's own tools read, with their meaning and
/// their defaults, so that one cache serves all.
/// </summary>
public sealed class HubSettings
{
    private static readonly string[] Yes = ["1", "ON", "YES", "TRUE"];

    /// <summary>The hub's address (<c>HF_ENDPOINT</c>).</summary>
    public Uri Endpoint { get; init; } = new("https://huggingface.co");

    /// <summary>The hub's cache (<c>HF_HUB_CACHE</c>; <c>hub</c> in <c>HF_HOME</c>, which is <c>~/.cache/huggingface</c>).</summary>
    public required string Cache { get; init; }

    /// <summary>Where texts that are no part of the hub are kept: <c>assets/cliplens</c> in <c>HF_HOME</c>.</summary>
    public required string Assets { get; init; }

    /// <summary>Where OpenAI's own files are kept: <c>~/.cache/clip</c>, as by OpenAI's own loader.</summary>
    public required string OpenAiCache { get; init; }

    /// <summary>Whether nothing may be fetched (<c>HF_HUB_OFFLINE</c>).</summary>
    public bool IsOffline { get; init; }

    /// <summary>
    /// Where the files of other hosts than the hub are fetched instead, under the host's name (<c>CLIPLENS_MIRROR</c>):
    /// <c>http://mirror/raw.githubusercontent.com/...</c>. From their hosts if null.
    /// </summary>
    public Uri? Mirror { get; init; }

    /// <summary>Whether snapshots are made of symbolic links; of copies where the system has none
    /// (<c>HF_HUB_DISABLE_SYMLINKS</c>).</summary>
    public bool UseLinks { get; init; } = true;

    /// <summary>The token of an account (<c>HF_TOKEN</c>, or the file <c>token</c> in <c>HF_HOME</c>), sent to the hub and to nobody
    /// else; none if null.</summary>
    public string? Token { internal get; init; }

    /// <summary>Attempts at a request, or at going on with a file, before it is given up.</summary>
    internal int Attempts { get; init; } = 5;

    /// <summary>Wait before the second attempt; twice as long before the third, ...</summary>
    internal TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait that a server may ask for.</summary>
    internal TimeSpan LongestWait { get; init; } = TimeSpan.FromMinutes(6);

    /// <summary>How long a server may be silent.</summary>
    internal TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The settings of this process's environment.</summary>
    /// <exception cref="ClipLensException">A variable holds what cannot be: an address that is none, a token with blanks.</exception>
    public static HubSettings FromEnvironment() => From(Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>The settings of an environment.</summary>
    /// <param name="value">The value of a variable; null or empty where it is not set.</param>
    /// <param name="user">The user's own folder.</param>
    internal static HubSettings From(Func<string, string?> value, string user)
    {
        var variables = new Variables(value, user);
        string home = variables.Folder("HF_HOME")
            ?? Path.Combine(variables.Folder("XDG_CACHE_HOME") ?? Path.Combine(user, ".cache"), "huggingface");
        return new()
        {
            Endpoint = variables.Address("HF_ENDPOINT") ?? new("https://huggingface.co"),
            Cache = variables.Folder("HF_HUB_CACHE") ?? variables.Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Assets = Path.Combine(variables.Folder("HF_ASSETS_CACHE") ?? Path.Combine(home, "assets"), "cliplens"),
            OpenAiCache = Path.Combine(user, ".cache", "clip"),
            // The second counts only where the first says nothing at all.
            IsOffline = variables.IsYes(variables.Text("HF_HUB_OFFLINE") is null ? "TRANSFORMERS_OFFLINE" : "HF_HUB_OFFLINE"),
            Mirror = variables.Address("CLIPLENS_MIRROR"),
            UseLinks = !variables.IsYes("HF_HUB_DISABLE_SYMLINKS"),
            Token = variables.IsYes("HF_HUB_DISABLE_IMPLICIT_TOKEN") ? null : TokenIn(variables, home),
        };
    }

    private static string? TokenIn(Variables variables, string home)
    {
        string file = variables.Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token");
        string? token = Plain(variables.Text("HF_TOKEN")) ?? Plain(variables.Text("HUGGING_FACE_HUB_TOKEN"));
        string where = token is null ? file : "HF_TOKEN";
        token ??= Plain(File.Exists(file) ? File.ReadAllText(file) : null);
        if (token is null) return null;
        return token.All(c => c is > ' ' and <= '~') ? token
            : throw new ClipLensException($"{where} holds no token of the hub: a token is one word of plain letters; log in again.");

        static string? Plain(string? text) => text?.Trim() is { Length: > 0 } word ? word : null;
    }

    /// <summary>Variables of an environment, read as Hugging Face's tools read them.</summary>
    private sealed class Variables(Func<string, string?> value, string user)
    {
        public string? Text(string name) => value(name) is { Length: > 0 } text ? text : null;

        public bool IsYes(string name) => Yes.Contains(Text(name)?.ToUpperInvariant());

        public Uri? Address(string name)
        {
            if (Text(name) is not { } text) return null;
            return Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
                : throw new ClipLensException($"{name} holds '{text}', which is no address; write one such as https://huggingface.co.");
        }

        public string? Folder(string name) => Text(name) is not { } folder ? null
            : Path.GetFullPath(folder == "~" || folder.StartsWith("~/", StringComparison.Ordinal) ? user + folder[1..] : folder);
    }
}
