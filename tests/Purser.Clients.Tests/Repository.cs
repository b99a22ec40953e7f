namespace Purser.Clients.Tests;

/// <summary>Where things are in the repository that these tests were built from.</summary>
internal static class Repository
{
    /// <summary>Its root folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The npm clients and their scripts.</summary>
    public static string Clients => Path.Combine(Root, "tests/clients");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Purser.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("These tests run from the repository's build output.");
        }

        return folder.FullName;
    }
}
