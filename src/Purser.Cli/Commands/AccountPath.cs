namespace Purser.Cli.Commands;

/// <summary>An account's path, for people and scripts alike.</summary>
internal static class AccountPath
{
    /// <summary>The organization's path is empty; it is shown as <c>/</c>, which every command takes for it.</summary>
    public static string? Show(string? path) => path is "" ? "/" : path;
}
