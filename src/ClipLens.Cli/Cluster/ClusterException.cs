namespace ClipLens.Cli.Cluster;

/// <summary>A cluster's commands or jobs failed.</summary>
internal sealed class ClusterException(string message, Exception? cause = null) : Exception(message, cause);
