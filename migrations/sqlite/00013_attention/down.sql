drop table appointment_attention;
