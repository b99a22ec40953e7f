using System.Text;
using System.Text.Json;

namespace Purser.Clients.Tests.Acceptance;

/// <summary>What came of one case.</summary>
/// <param name="Passed">Whether it went as it must.</param>
/// <param name="Seen">What was seen, in a few words; what went wrong where it didn't pass.</param>
/// <param name="Quote">What the client showed; null where that says nothing more.</param>
internal sealed record CaseResult(bool Passed, string Seen, string? Quote = null);

/// <summary>What came of one row.</summary>
/// <param name="Row">The row's name.</param>
/// <param name="Version">The version that the installed client told of itself.</param>
/// <param name="Cases">By case.</param>
internal sealed record ClientResult(string Row, string Version, Dictionary<ClientCase, CaseResult> Cases)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Where results are kept between runs: a run of some rows alone leaves those of the others.</summary>
    private static string Folder => Path.Combine(Repository.Root, "artifacts/clients");

    /// <summary>The kept result of a row; null where it has none.</summary>
    public static ClientResult? Load(string row) =>
        File.Exists(PathOf(row)) ? JsonSerializer.Deserialize<ClientResult>(File.ReadAllText(PathOf(row))) : null;

    /// <summary>Keeps a case's result.</summary>
    public static void Save(string row, string version, ClientCase @case, CaseResult result)
    {
        var known = Load(row);
        var cases = known?.Version == version ? known.Cases : [];
        cases[@case] = result;
        Directory.CreateDirectory(Folder);
        File.WriteAllText(PathOf(row), JsonSerializer.Serialize(new ClientResult(row, version, cases), Indented));
    }

    private static string PathOf(string row)
    {
        var name = new StringBuilder();
        foreach (var letter in row)
        {
            name.Append(char.IsAsciiLetterOrDigit(letter) || letter == '.' ? char.ToLowerInvariant(letter) : '-');
        }

        return Path.Combine(Folder, $"{name}.json");
    }
}
