using System.Text;

namespace Purser.Providers.Tests.Tokens;

/// <summary>Comma-separated files with a line of names, as far as the tests' data need it.</summary>
internal static class Csv
{
    public static IEnumerable<IReadOnlyDictionary<string, string>> Rows(string path)
    {
        using var reader = new StreamReader(path);
        List<string>? names = null;
        while (Record(reader) is { } fields)
        {
            if (names is null)
            {
                names = fields;
                continue;
            }
            yield return names.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second);
        }
    }

    private static List<string>? Record(StreamReader reader)
    {
        if (reader.Peek() < 0)
        {
            return null;
        }
        var fields = new List<string>();
        var field = new StringBuilder();
        var isQuoted = false;
        while (reader.Read() is var next and >= 0)
        {
            var character = (char)next;
            if (character == '"')
            {
                if (isQuoted && reader.Peek() == '"')
                {
                    field.Append((char)reader.Read());
                }
                else
                {
                    isQuoted = !isQuoted;
                }
            }
            else if (isQuoted || character is not (',' or '\n' or '\r'))
            {
                field.Append(character);
            }
            else if (character == ',')
            {
                fields.Add(field.ToString());
                field.Clear();
            }
            else if (character == '\n')
            {
                break;
            }
        }
        fields.Add(field.ToString());
        return fields;
    }
}
