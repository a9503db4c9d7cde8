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
    public static HubSettings FromEnvironment()
    {
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string caches = Variable("XDG_CACHE_HOME") ?? Path.Combine(user, ".cache");
        string home = Folder("HF_HOME") ?? Path.Combine(caches, "huggingface");
        return new()
        {
            Endpoint = Address("HF_ENDPOINT") ?? new("https://huggingface.co"),
            Cache = Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub"),
            Assets = Path.Combine(Folder("HF_ASSETS_CACHE") ?? Path.Combine(home, "assets"), "cliplens"),
            OpenAiCache = Path.Combine(user, ".cache", "clip"),
            IsOffline = IsYes("HF_HUB_OFFLINE") || IsYes("TRANSFORMERS_OFFLINE"),
            Mirror = Address("CLIPLENS_MIRROR"),
            UseLinks = !IsYes("HF_HUB_DISABLE_SYMLINKS"),
            Token = TokenIn(Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token")),
        };
    }

    private static string? TokenIn(string file)
    {
        string? token = Variable("HF_TOKEN") ?? Variable("HUGGING_FACE_HUB_TOKEN");
        string where = token is null ? file : "HF_TOKEN";
        token = (token ?? (File.Exists(file) ? File.ReadAllText(file) : "")).Trim();
        if (token.Length == 0) return null;
        return token.All(c => c is > ' ' and <= '~') ? token
            : throw new ClipLensException($"{where} holds no token of the hub: a token is one word of plain letters; log in again.");
    }

    private static Uri? Address(string variable)
    {
        if (Variable(variable) is not { } text) return null;
        return Uri.TryCreate(text.TrimEnd('/'), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address
            : throw new ClipLensException($"{variable} holds '{text}', which is no address; write one such as https://huggingface.co.");
    }

    private static string? Folder(string variable)
    {
        if (Variable(variable) is not { } folder) return null;
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.GetFullPath(folder == "~" || folder.StartsWith("~/", StringComparison.Ordinal) ? user + folder[1..] : folder);
    }

    private static bool IsYes(string variable) => Yes.Contains(Variable(variable)?.ToUpperInvariant());

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
