using Purser.Routing.WhatIf;

namespace Purser.Cli.WhatIf;

/// <summary>What kind of step the call of a tool is, by the tool's name, and of a shell by the programs that it runs.</summary>
internal static class ToolSigns
{
    private static readonly Dictionary<string, StepSigns> Names = new(StringComparer.Ordinal)
    {
        // Claude Code's.
        ["Read"] = StepSigns.Look,
        ["Grep"] = StepSigns.Look,
        ["Glob"] = StepSigns.Look,
        ["LS"] = StepSigns.Look,
        ["LSP"] = StepSigns.Look,
        ["NotebookRead"] = StepSigns.Look,
        ["BashOutput"] = StepSigns.Look,
        ["TaskOutput"] = StepSigns.Look,
        ["TaskGet"] = StepSigns.Look,
        ["TaskList"] = StepSigns.Look,
        ["ToolSearch"] = StepSigns.Look,
        ["ListMcpResourcesTool"] = StepSigns.Look,
        ["ReadMcpResourceTool"] = StepSigns.Look,
        ["WebFetch"] = StepSigns.Web,
        ["WebSearch"] = StepSigns.Web,
        ["Edit"] = StepSigns.Edit,
        ["MultiEdit"] = StepSigns.Edit,
        ["Write"] = StepSigns.Edit,
        ["NotebookEdit"] = StepSigns.Edit,
        ["TodoWrite"] = StepSigns.Plan,
        ["TaskCreate"] = StepSigns.Plan,
        ["TaskUpdate"] = StepSigns.Plan,
        ["EnterPlanMode"] = StepSigns.Plan,
        ["ExitPlanMode"] = StepSigns.Plan,
        ["exit_plan_mode"] = StepSigns.Plan,
        ["Task"] = StepSigns.Plan,
        ["Agent"] = StepSigns.Plan,
        // Codex's.
        ["apply_patch"] = StepSigns.Edit,
        ["update_plan"] = StepSigns.Plan,
        ["spawn_agent"] = StepSigns.Plan,
        ["view_image"] = StepSigns.Look,
        ["read_file"] = StepSigns.Look,
        ["list_dir"] = StepSigns.Look,
        ["grep_files"] = StepSigns.Look,
    };

    private static readonly HashSet<string> Looking = new(StringComparer.Ordinal)
    {
        "basename",
        "cat",
        "cd",
        "cut",
        "df",
        "diff",
        "dirname",
        "du",
        "echo",
        "file",
        "grep",
        "head",
        "ls",
        "nl",
        "pwd",
        "realpath",
        "rg",
        "sort",
        "stat",
        "tail",
        "tree",
        "true",
        "uniq",
        "wc",
        "which",
    };

    private static readonly HashSet<string> LookingAtGit = new(StringComparer.Ordinal)
    {
        "blame",
        "diff",
        "grep",
        "log",
        "ls-files",
        "rev-parse",
        "shortlog",
        "show",
        "status",
    };

    private static readonly string[] Breaks = ["&&", "||", ";", "|", "\n"];

    // Whether what follows runs a program or writes a file, in whatever quotes.
    private static readonly string[] Hidden = ["$(", "`", "<(", "&"];

    /// <summary>A tool by its name; one that isn't known is another tool.</summary>
    public static StepSigns Named(string name) => Names.GetValueOrDefault(name, StepSigns.OtherTool);

    /// <summary>A command line of a shell: looking where each program in it only reads, else running.</summary>
    public static StepSigns Shell(string? command) => command is not null && OnlyLooks(command) ? StepSigns.Look : StepSigns.Run;

    private static bool OnlyLooks(string command)
    {
        var quiet = command
            .Replace("2>/dev/null", "", StringComparison.Ordinal)
            .Replace(">/dev/null", "", StringComparison.Ordinal)
            .Replace("2>&1", "", StringComparison.Ordinal);
        var rest = quiet.Replace("&&", ";", StringComparison.Ordinal);
        if (rest.Contains('>', StringComparison.Ordinal) || Hidden.Any(part => rest.Contains(part, StringComparison.Ordinal)))
        {
            return false;
        }
        var parts = quiet.Split(Breaks, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 0 && parts.All(OneLooks);
    }

    private static bool OneLooks(string part)
    {
        var words = part.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words[0] switch
        {
            "git" => words.Length > 1 && LookingAtGit.Contains(words[1]) && !words.Any(IsOutput),
            // Lines by their numbers alone: a script of sed can write files too.
            "sed" => words.Length > 2
                && words[1] == "-n"
                && words[2].All(letter => "0123456789,$p'\"".Contains(letter, StringComparison.Ordinal)),
            "find" => !words.Any(word =>
                word is "-delete" || word.StartsWith("-exec", StringComparison.Ordinal) || word.StartsWith("-ok", StringComparison.Ordinal)
            ) && !words.Any(word => word.StartsWith("-fprint", StringComparison.Ordinal) || word is "-fls"),
            "sort" => !words.Any(IsOutput) && !words.Any(word => word.StartsWith("-o", StringComparison.Ordinal)),
            var program => Looking.Contains(program),
        };
    }

    private static bool IsOutput(string word) => word.StartsWith("--output", StringComparison.Ordinal);
}
