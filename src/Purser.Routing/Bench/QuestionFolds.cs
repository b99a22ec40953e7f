namespace Purser.Routing.Bench;

/// <summary>Splits rows so that no question is on both sides: by the question's normalised text, or by whole groups.</summary>
public static class QuestionFolds
{
    /// <summary>A question's text without case, blanks and signs; what is asked twice in other dress is one question.</summary>
    public static string Normalise(string prompt)
    {
        var text = new System.Text.StringBuilder(prompt.Length);
        foreach (var symbol in prompt)
        {
            if (char.IsLetterOrDigit(symbol))
            {
                text.Append(char.ToLowerInvariant(symbol));
            }
        }

        return text.Length > 0 ? text.ToString() : prompt;
    }

    /// <summary>The fold of each row, from 0 up; rows of one key share a fold, and the folds are of about the same size.</summary>
    /// <param name="keys">Each row's key.</param>
    /// <param name="folds">How many folds; at least 2.</param>
    /// <param name="seed">Chooses which keys go together.</param>
    public static int[] Split(IReadOnlyList<string> keys, int folds, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(folds, 2);
        var random = new Random(seed);
        var groups = Enumerable
            .Range(0, keys.Count)
            .GroupBy(row => keys[row], StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => group.ToArray())
            .ToArray();
        random.Shuffle(groups);
        var fold = new int[keys.Count];
        var sizes = new int[folds];
        foreach (var group in groups)
        {
            var smallest = Array.IndexOf(sizes, sizes.Min());
            sizes[smallest] += group.Length;
            foreach (var row in group)
            {
                fold[row] = smallest;
            }
        }

        return fold;
    }
}
