namespace Purser.Routing.Understanding;

/// <summary>
/// What speaks for each class, and how much: the features' names as in <see cref="FeatureNames"/>, each with its weight. A class's score is the
/// sum of weight times feature; the highest wins. <see cref="TaskClass.Other"/> starts with 1 and so wins where nothing says anything.
/// </summary>
internal static class TaskWeights
{
    public static readonly (TaskClass Class, float Bias, string Weights)[] Table =
    [
        (TaskClass.Other, 1, "has_no_words 2, is_very_short 0.3, ends_in_question -0.3, has_system -0.1"),
        (
            TaskClass.Classify,
            0,
            "leads_classify 1.6, says_classify 1.4, system_classify 2.2, says_label_noun 1.3, system_label_noun 1.2, "
                + "limits_to_words 1.2, says_brief 0.5, system_brief 0.4, says_code_noun -0.6, has_options -1, forces_tool 0.4, "
                + "has_agent_tools -2, leads_ask -0.3"
        ),
        (
            TaskClass.Extract,
            0,
            "leads_extract 1.8, says_extract 1.5, system_extract 2.2, says_field_noun 0.9, system_field_noun 0.9, says_json 0.5, "
                + "system_json 0.5, asks_schema 0.9, asks_json 0.4, forces_tool 0.7, says_table 0.2, says_code_noun -0.5, "
                + "has_agent_tools -2, says_pattern_noun -0.6"
        ),
        (
            TaskClass.Summarize,
            0,
            "leads_summarize 2, says_summarize 1.4, system_summarize 2.2, says_summary_noun 1.5, system_summary_noun 1.0, "
                + "is_long 0.2, has_agent_tools -2"
        ),
        (
            TaskClass.Translate,
            0,
            "leads_translate 2.4, says_translate 1.6, system_translate 2.6, says_language_name 1.3, system_language_name 1.0, "
                + "has_agent_tools -2, has_code -0.5, leads_ask -0.6"
        ),
        (
            TaskClass.Rewrite,
            0,
            "leads_rewrite 2.0, says_rewrite 1.4, system_rewrite 2.2, says_tone_noun 1.2, system_tone_noun 0.7, "
                + "has_agent_tools -2, says_code_noun -0.9, has_code -0.7"
        ),
        (
            TaskClass.Format,
            0,
            "leads_convert 1.9, says_convert 1.1, system_convert 1.8, says_pattern_noun 1.9, system_pattern_noun 1.2, "
                + "says_json 0.3, says_table 0.5, has_agent_tools -2, says_code_noun -0.6, says_field_noun -0.2, says_maths_noun -0.4"
        ),
        (
            TaskClass.CodeEdit,
            0,
            "leads_change 1.9, says_change 0.9, leads_make 0.7, says_make 0.4, says_code_noun 1.3, system_code_noun 0.5, "
                + "has_code 0.9, code_share 0.3, has_agent_tools -2, leads_ask -0.7, leads_review -0.6, leads_repair -0.6, "
                + "has_trace -0.6, says_creative_noun -0.4, leads_convert -0.4, says_pattern_noun -0.6, has_diff -0.4"
        ),
        (
            TaskClass.CodeReview,
            0,
            "leads_review 1.9, says_review 1.2, system_review 1.8, says_review_noun 1.4, system_review_noun 1.2, has_diff 1.3, "
                + "has_code 0.6, says_code_noun 0.3, has_agent_tools -2, has_trace -0.6"
        ),
        (
            TaskClass.Debug,
            0,
            "leads_repair 1.6, says_repair 1.2, system_repair 1.3, says_fault_noun 1.6, says_tone_noun -1, has_trace 1.5, "
                + "has_code 0.5, says_code_noun 0.3, has_agent_tools -2, leads_review -0.4, says_classify -0.3, leads_make -0.5"
        ),
        (
            TaskClass.Plan,
            0,
            "leads_plan 1.8, says_plan 1.1, system_plan 1.4, says_plan_noun 1.6, system_plan_noun 0.8, says_steps 0.3, "
                + "leads_make 0.2, has_agent_tools -2, leads_extract -0.5, leads_summarize -0.6, leads_translate -0.6"
        ),
        (
            TaskClass.AgentStep,
            0,
            "has_tools 1.6, has_agent_tools 3, ends_on_tool_result 3, system_agent_noun 0.7, forces_tool -1.6, tool_results 0.1"
        ),
        (
            TaskClass.Maths,
            0,
            "leads_calculate 1.3, says_calculate 1.1, leads_prove 1.8, says_prove 1.2, says_maths_noun 1.6, has_maths_signs 0.9, "
                + "has_numbers 0.6, digit_share 2, ends_in_question 0.2, maths_sign_share 1, says_code_noun -0.8, has_code -1.3, "
                + "has_agent_tools -2, says_creative_noun -0.4, says_pattern_noun -0.8, leads_extract -0.6"
        ),
        (
            TaskClass.Reasoning,
            0,
            "leads_ask 1.5, says_ask 0.5, says_maths_noun -1.2, says_calculate -0.5, has_maths_signs -0.9, digit_share -1, "
                + "leads_explain 1.6, says_explain 0.7, says_thought_noun 1.1, ends_in_question 0.9, has_options 1.6, "
                + "has_agent_tools -2, is_very_short -0.2, says_talk -0.7, says_greet -0.7, has_trace -0.6, has_code -0.5"
        ),
        (
            TaskClass.Chat,
            0,
            "says_greet 1.2, says_talk 1.5, is_conversation 0.3, is_short 0.4, is_very_short 0.3, has_numbers -0.8, "
                + "says_code_noun -0.6, says_fault_noun -0.5, has_agent_tools -2, leads_make -0.8, leads_summarize -1, "
                + "leads_translate -1, leads_rewrite -1, leads_classify -1, leads_extract -1, is_long -0.5, says_label_noun -0.5, "
                + "system_classify -1, system_translate -1, system_extract -1, system_summarize -1, system_rewrite -1"
        ),
        (
            TaskClass.Creative,
            0,
            "leads_imagine 1.6, says_imagine 1.1, leads_make 0.9, says_make 0.5, says_creative_noun 1.9, system_creative_noun 0.9, "
                + "says_code_noun -0.6, has_code -1, has_agent_tools -2, leads_summarize -1, leads_translate -1.2, leads_classify -1, "
                + "leads_extract -1, leads_rewrite -0.8, leads_ask -0.5"
        ),
    ];
}
