// Reads Stryker's report, prints the score of each folder, and holds the survivors against those that docs/mutation.md explains.
// Run by ./test --mutation: dotnet run tests/Mutation/MutationCheck.cs -- REPORT LIST
// Exits 1 where a folder is below 90 % or a survivor isn't listed; it prints the row that the list lacks, but for the reason.
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

const double Fewest = 90;
string[] folders = ["Budgets", "Ledger"];

var mutants = MutantsOf(args[0]).ToList();
var listed = ListedIn(args[1]);
var passed = true;
foreach (var folder in folders)
{
    var inside = mutants.Where(mutant => mutant.File.StartsWith(folder + "/", StringComparison.Ordinal)).ToList();
    var killed = inside.Count(mutant => mutant.Status is "Killed" or "Timeout");
    var survived = inside.Count(mutant => mutant.Survived);
    var score = killed + survived == 0 ? 0 : 100.0 * killed / (killed + survived);
    passed &= score >= Fewest;
    Print($"Core/{folder}: {score:0.0} % ({killed} killed, {survived} survived)");
}

foreach (var mutant in mutants.Where(mutant => mutant.Survived))
{
    if (!listed.Remove(mutant.Row))
    {
        passed = false;
        Print($"not listed: Core/{mutant.File}:{mutant.Line} {mutant.Kind}\n{mutant.Row} |");
    }
}

// A mutant that random tests kill now and then is listed all the same, so this is no failure.
listed.ForEach(row => Print($"listed, but killed or gone: {row}"));
return passed ? 0 : 1;

static void Print(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

static IEnumerable<Mutant> MutantsOf(string report)
{
    using var json = JsonDocument.Parse(File.ReadAllBytes(report));
    foreach (var file in json.RootElement.GetProperty("files").EnumerateObject().OrderBy(file => file.Name, StringComparer.Ordinal))
    {
        var at = file.Name.Replace('\\', '/').Split("/Purser.Core/")[^1];
        var lines = file.Value.GetProperty("source").GetString()!.Split('\n');
        foreach (var mutant in file.Value.GetProperty("mutants").EnumerateArray())
        {
            yield return Mutant.Of(at, lines, mutant);
        }
    }
}

// The rows of the list's tables, as far as they say which mutant it is: file, line, what it becomes.
static List<string> ListedIn(string list) =>
    [
        .. File.ReadAllLines(list)
            .Select(line => Regex.Match(line, @"^\| [A-Z]\w+/\w+\.cs \| `` .*? `` \| `` .*? ``(?= \|)").Value)
            .Where(row => row.Length > 0),
    ];

internal sealed record Mutant(string File, int Line, string Kind, string Status, string Row)
{
    private const int Longest = 180;

    public bool Survived => Status is "Survived" or "NoCoverage";

    public static Mutant Of(string file, string[] lines, JsonElement mutant)
    {
        var location = mutant.GetProperty("location");
        var (line, column) = Place(location.GetProperty("start"));
        var (lastLine, lastColumn) = Place(location.GetProperty("end"));
        // A block that is taken away is told by what it hangs on.
        var context = lines[line].Trim() == "{" ? lines[line - 1] : "";
        var becomes =
            lines[line][..column] + mutant.GetProperty("replacement").GetString() + (lastLine == line ? lines[line][lastColumn..] : "");
        return new Mutant(
            file,
            line + 1,
            mutant.GetProperty("mutatorName").GetString()!,
            mutant.GetProperty("status").GetString()!,
            $"| {file} | `` {Cell(context + lines[line])} `` | `` {Cell(context + becomes)} ``"
        );
    }

    private static (int Line, int Column) Place(JsonElement place) =>
        (place.GetProperty("line").GetInt32() - 1, place.GetProperty("column").GetInt32() - 1);

    private static string Cell(string code)
    {
        var text = Regex.Replace(code, @"\s+", " ").Trim();
        return (text.Length <= Longest ? text : text[..Longest] + "…").Replace("|", @"\|", StringComparison.Ordinal);
    }
}
