using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Purser.Routing.Tests.Understanding;

/// <summary>A line of <c>tests/vectors/routing/tasks.jsonl</c>: what was asked, and the class that a person gave it.</summary>
/// <param name="Class">The class.</param>
/// <param name="IsHeldOut">Whether the table of weights was made without it: every second line of a class.</param>
/// <param name="Form">The client's format, or the agent, whose body it's put into.</param>
/// <param name="Line">The line itself.</param>
public sealed record LabelledRequest(TaskClass Class, bool IsHeldOut, string Form, JsonElement Line)
{
    private static readonly string[] Forms = ["chat", "messages", "responses", "gemini", "converse", "ollama", "cohere"];

    public static IReadOnlyList<LabelledRequest> All { get; } = Load();

    public string User => Line.GetProperty("user").GetString()!;

    public byte[] Body => Bodies.Of(Form, Line);

    private static List<LabelledRequest> Load()
    {
        var all = new List<LabelledRequest>();
        var seen = new Dictionary<TaskClass, int>();
        foreach (var text in File.ReadLines(Path.Combine(Root(), "tests", "vectors", "routing", "tasks.jsonl")))
        {
            var line = JsonDocument.Parse(text).RootElement.Clone();
            var taskClass = Enum.Parse<TaskClass>(line.GetProperty("class").GetString()!);
            var number = seen[taskClass] = seen.GetValueOrDefault(taskClass) + 1;
            var form = line.TryGetProperty("form", out var own) ? own.GetString()! : Forms[all.Count % Forms.Length];
            all.Add(new LabelledRequest(taskClass, number % 2 == 0, form, line));
        }
        return all;
    }

    public static string Root([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}
