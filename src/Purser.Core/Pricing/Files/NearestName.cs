namespace Purser.Core.Pricing;

/// <summary>Finds the known name that someone most probably meant.</summary>
internal static class NearestName
{
    /// <summary>The nearest of the known names; null where none is near enough to be meant.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        string? nearest = null;
        var least = Math.Max(2, name.Length / 2) + 1;
        foreach (var candidate in known)
        {
            var edits = Edits(name, candidate);
            if (edits < least)
            {
                (nearest, least) = (candidate, edits);
            }
        }
        return nearest;
    }

    private static int Edits(string left, string right)
    {
        var row = new int[right.Length + 1];
        for (var column = 0; column <= right.Length; column++)
        {
            row[column] = column;
        }
        for (var line = 1; line <= left.Length; line++)
        {
            var diagonal = row[0];
            row[0] = line;
            for (var column = 1; column <= right.Length; column++)
            {
                var changed = diagonal + (left[line - 1] == right[column - 1] ? 0 : 1);
                diagonal = row[column];
                row[column] = Math.Min(changed, Math.Min(row[column], row[column - 1]) + 1);
            }
        }
        return row[^1];
    }
}
