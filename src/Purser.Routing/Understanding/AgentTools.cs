using System.Text;

namespace Purser.Routing.Understanding;

/// <summary>The names of the tools by which an agent is known: those that act on a machine, in the coding agents' spellings.</summary>
internal static class AgentTools
{
    private const string Names =
        "Bash bash shell local_shell shell_command exec_command run_shell_command run_terminal_cmd execute_command terminal "
        + "Edit edit MultiEdit Write write Read read NotebookEdit apply_patch read_file write_file write_to_file edit_file create_file replace replace_in_file "
        + "apply_diff patch str_replace_editor str_replace_based_edit_tool text_editor "
        + "Glob glob Grep grep list list_directory list_files list_dir search_files search_file_content grep_search codebase_search "
        + "Task Agent TodoWrite todowrite update_plan ExitPlanMode WebFetch webfetch browser_action computer";

    private static readonly byte[][] All = [.. Names.Split(' ').Select(Encoding.UTF8.GetBytes)];

    /// <summary>Whether a tool's name is one of them.</summary>
    public static bool Contains(ReadOnlySpan<byte> name)
    {
        foreach (var known in All)
        {
            if (name.SequenceEqual(known))
            {
                return true;
            }
        }
        return false;
    }
}
