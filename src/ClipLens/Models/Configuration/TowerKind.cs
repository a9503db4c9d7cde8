namespace ClipLens.Models.Configuration;

/// <summary>One of the two towers of a CLIP model.</summary>
public enum TowerKind
{
    /// <summary>The tower that images go through; its neurons are read by the class token.</summary>
    Image,

    /// <summary>The tower that texts go through; its neurons are read by the token that the output is taken from.</summary>
    Text,
}
